// SPDX-License-Identifier: GPL-2.0-or-later
// A small box to throw packets at: what the tests of the model share.
#pragma once

#include "model/conntrack/conntrack.h"
#include "model/packet.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace natstep::model::test {

// The two ends of every flow in the tests, and somebody else.
inline constexpr std::uint32_t client_ip = 0x0a000102;    // 10.0.1.2
inline constexpr std::uint32_t server_ip = 0xc6336409;    // 198.51.100.9
inline constexpr std::uint32_t stranger_ip = 0xcb007107;  // 203.0.113.7
inline constexpr std::uint16_t client_port = 4000;
inline constexpr std::uint16_t server_port = 53;

/// Who sends: the client (which opens the flows) or the server.
enum class From { client, server };

inline wire::Bytes ip_packet(std::uint32_t src, std::uint32_t dst, std::uint8_t protocol,
                             wire::ByteView payload) {
  return wire::build(wire::Ipv4Header{.src = src, .dst = dst, .protocol = protocol}, payload);
}

/// The packet that `from` sends to the other end, with a transport header that `build_l4(src, dst)`
/// makes.
inline wire::Bytes between_ends(From from, std::uint8_t protocol, auto&& build_l4) {
  const std::uint32_t src = from == From::client ? client_ip : server_ip;
  const std::uint32_t dst = from == From::client ? server_ip : client_ip;
  return ip_packet(src, dst, protocol, build_l4(src, dst));
}

inline wire::Bytes udp(From from, std::string_view payload = "test") {
  const bool out = from == From::client;
  return between_ends(from, 17, [&](std::uint32_t src, std::uint32_t dst) {
    const wire::UdpHeader header{.src_port = out ? client_port : server_port,
                                 .dst_port = out ? server_port : client_port};
    const wire::Bytes bytes(payload.begin(), payload.end());
    return wire::build(header, src, dst, bytes);
  });
}

struct TcpText {
  std::uint8_t flags = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 8192;
  wire::Bytes options{};
  std::size_t payload = 0;  // bytes
};

inline wire::Bytes tcp(From from, const TcpText& text) {
  const bool out = from == From::client;
  return between_ends(from, 6, [&](std::uint32_t src, std::uint32_t dst) {
    wire::TcpHeader header;
    header.src_port = out ? client_port : server_port;
    header.dst_port = out ? server_port : client_port;
    header.seq = text.seq;
    header.ack = text.ack;
    header.flags = text.flags;
    header.window = text.window;
    header.options = text.options;
    return wire::build(header, src, dst, wire::Bytes(text.payload, 'x'));
  });
}

inline wire::Bytes icmp(From from, int type, std::uint32_t rest = 0x00070001) {
  return between_ends(from, 1, [&](std::uint32_t, std::uint32_t) {
    return wire::build(wire::Icmpv4Header{.type = static_cast<std::uint8_t>(type), .rest = rest},
                       wire::Bytes{'p', 'i', 'n', 'g'});
  });
}

/// An ICMP error from `src` to `dst` that quotes the first `quoted_size` bytes of `quoted`.
inline wire::Bytes icmp_error(std::uint32_t src, std::uint32_t dst, wire::ByteView quoted,
                              std::size_t quoted_size = 28, int type = 3) {
  const wire::ByteView cut = quoted.first(std::min(quoted_size, quoted.size()));
  return ip_packet(
      src, dst, 1,
      wire::build(wire::Icmpv4Header{.type = static_cast<std::uint8_t>(type), .code = 1}, cut));
}

/// What became of a packet in connection tracking.
struct Seen {
  Verdict in{};
  Verdict confirm{};
  bool tracked = false;
  CtInfo ctinfo{};
  std::optional<Conn> conn;  // a copy, as it was behind the last hook
  std::string words;         // what conntrack said in the walk
  ClauseSet clauses;

  [[nodiscard]] bool invalid() const { return !tracked && in == Verdict::accept; }
};

/// A box in which packets meet connection tracking and nothing else: PRE_ROUTING or LOCAL_OUT, then
/// POST_ROUTING.
class Box {
 public:
  explicit Box(std::string_view profile = "linux-6.18") {
    state.profile = find_profile(profile).value();
    state.detail = WalkDetail::full;
  }

  Seen send(wire::Bytes bytes, std::uint64_t at = 0, Hook hook = Hook::pre_routing) {
    Packet packet;
    packet.bytes = std::move(bytes);
    return send(packet, at, hook);
  }

  Seen send(Packet& packet, std::uint64_t at = 0, Hook hook = Hook::pre_routing) {
    out.clear();
    Step step(state, chooser, out, at);
    Seen seen;
    seen.in = conntrack_in(step, packet, hook);
    seen.words = out.walk.front().what;
    seen.tracked = packet.tracked();
    seen.ctinfo = packet.ctinfo;
    if (seen.in == Verdict::accept)
      seen.confirm = conntrack_confirm(step, packet, Hook::post_routing);
    if (packet.tracked()) {
      seen.conn = *packet.conn;
      state.conntrack.release(*packet.conn);
      packet.conn = nullptr;
    }
    seen.clauses = out.clauses;
    return seen;
  }

  /// The only entry in the table.
  const Conn& entry() {
    const auto entries = state.conntrack.entries();
    if (entries.size() != 1) throw std::logic_error("not exactly one entry");
    return *entries.front();
  }

  State state;
  LowestChooser chooser;
  Prediction out;
};

}  // namespace natstep::model::test
