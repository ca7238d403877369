// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/packet_words.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/field_diff.h"
#include "model/conntrack/tuple.h"
#include "model/network_header.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/text.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using wire::Ipv4View;

/// The same packet, passed on: what identifies it is unchanged.
bool is_passed_on_ipv6(wire::ByteView sent, wire::ByteView frame) {
  const wire::Ipv6View in(sent), out(frame);
  return in.fits() && out.fits() && in.flow_label() == out.flow_label() &&
         in.next_header() == out.next_header() && in.payload_length() == out.payload_length();
}

bool is_passed_on(wire::ByteView sent, wire::ByteView frame) {
  if (model::family_of(sent) != model::family_of(frame)) return false;
  if (model::is_ipv6(sent)) return is_passed_on_ipv6(sent, frame);
  const Ipv4View in(sent), out(frame);
  return in.fits() && out.fits() && in.id() == out.id() && in.protocol() == out.protocol() &&
         in.total_length() == out.total_length();
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> rewritten{{
    {"ipv4.src", "source rewritten"},
    {"ipv4.dst", "destination rewritten"},
    {"udp.src_port", "source port rewritten"},
    {"tcp.src_port", "source port rewritten"},
    {"udp.dst_port", "destination port rewritten"},
    {"tcp.dst_port", "destination port rewritten"},
    {"icmp.id", "identifier rewritten"},
    {"icmp.embedded.ipv4.src", "embedded source rewritten"},
    {"icmp.embedded.ipv4.dst", "embedded destination rewritten"},
    {"ipv6.src", "source rewritten"},
    {"ipv6.dst", "destination rewritten"},
    {"icmpv6.id", "identifier rewritten"},
    {"icmpv6.embedded.ipv6.src", "embedded source rewritten"},
    {"icmpv6.embedded.ipv6.dst", "embedded destination rewritten"},
}};

enum class Sum : std::uint8_t { right, wrong, absent };

/// Reads what wire::dissect says of a checksum: "0x7d1e valid", "0x1234 invalid (...)", "...
/// absent".
Sum sum_in(std::string_view text) {
  if (text.ends_with("absent")) return Sum::absent;
  return text.find("invalid") == std::string_view::npos ? Sum::right : Sum::wrong;
}

/// "UDP checksum"; of a quote, or of the IP header, the field's own name.
std::string checksum_name(std::string_view field) {
  if (field == "udp.checksum") return "UDP checksum";
  if (field == "tcp.checksum") return "TCP checksum";
  return std::string(field);
}

/// What is out of the ordinary about a checksum that changed; nothing when it was right and still
/// is.
std::string checksum_words(const FieldRow& row) {
  const Sum before = sum_in(row.model), after = sum_in(row.kernel);
  if (before == after && after != Sum::wrong) return {};
  std::string_view what = "repaired";
  if (after == Sum::absent) what = "removed";
  if (after == Sum::wrong) what = before == Sum::wrong ? "still wrong" : "made wrong";
  if (before == Sum::absent) what = after == Sum::right ? "filled in" : "filled in wrongly";
  return fmt::format(", {} {}", checksum_name(row.name), what);
}

bool leaves_udp_checksum_out(wire::ByteView packet) {
  const auto where = model::locate_l4(packet);
  if (!where || where->protocol != wire::ip_protocol::udp) return false;
  const auto udp = wire::UdpView::parse(model::l4_of(packet, *where));
  return udp && udp->checksum() == 0;
}

std::string rewrites(wire::ByteView sent, wire::ByteView frame) {
  std::string words;
  for (const auto& row : differing_fields(sent, frame)) {
    const auto found =
        std::ranges::find(rewritten, row.name, [](const auto& entry) { return entry.first; });
    if (found != rewritten.end()) words += fmt::format(", {}", found->second);
    if (row.name.ends_with(".checksum")) words += checksum_words(row);
  }
  if (leaves_udp_checksum_out(sent) && leaves_udp_checksum_out(frame))
    words += ", UDP checksum left absent";
  return words.empty() ? ", not rewritten" : words;
}

std::string frame_in_words(const model::Topology& topology, wire::ByteView sent,
                           const netns::Frame& frame) {
  const auto port = port_name(topology, frame.port);
  if (is_passed_on(sent, frame.bytes)) {
    return fmt::format("forwards to {}{}", port, rewrites(sent, frame.bytes));
  }
  return fmt::format("sends on {}: {}", port, packet_in_brief(frame.bytes));
}

/// The notation's `payload N`: 00 01 02 ... ff 00 ...
bool counts_up(wire::ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != (i & 0xff)) return false;
  return true;
}

std::string python_bytes(wire::ByteView bytes) {
  constexpr std::size_t worth_a_formula = 16;
  if (bytes.size() > worth_a_formula && counts_up(bytes))
    return fmt::format("bytes(i%256 for i in range({}))", bytes.size());
  std::string text = "b'";
  for (const auto byte : bytes) {
    const bool plain = std::isprint(byte) != 0 && byte != '\'' && byte != '\\';
    text += plain ? std::string(1, static_cast<char>(byte)) : fmt::format("\\x{:02x}", byte);
  }
  return text + "'";
}

/// The IP layer as Scapy would write it, or nothing when the header has something that this short
/// form does not say. Scapy's defaults are an id of 1, a TTL of 64 and computed lengths and
/// checksums.
std::optional<std::string> scapy_ip(const Ipv4View& ip) {
  const bool plain = ip.fits() && ip.version() == 4 && ip.ihl() == 5 &&
                     ip.total_length() == ip.bytes().size() && ip.checksum_valid();
  if (!plain) return std::nullopt;
  auto text = fmt::format("IP(src='{}',dst='{}',id={}", wire::to_string(ip.src_address()),
                          wire::to_string(ip.dst_address()), ip.id());
  if (ip.ttl() != 64) text += fmt::format(",ttl={}", ip.ttl());
  if (ip.tos() != 0) text += fmt::format(",tos={}", ip.tos());
  if (ip.fragment_word() != 0) {
    text += fmt::format(",flags={},frag={}", ip.fragment_word() >> 13,
                        ip.fragment_word() & wire::ipv4::offset_mask);
  }
  return text;
}

/// The transport header of a plain UDP datagram; its checksum is always written out.
std::optional<std::string> scapy_udp(const Ipv4View& ip) {
  const auto udp = wire::UdpView::parse(ip.payload());
  if (!udp || ip.protocol() != wire::ip_protocol::udp || udp->length() != ip.payload().size())
    return std::nullopt;
  return fmt::format(")/UDP(sport={},dport={},chksum={:#x})/{}", udp->src_port(), udp->dst_port(),
                     udp->checksum(), python_bytes(udp->payload()));
}

}  // namespace

std::string frames_in_words(const model::Topology& topology, wire::ByteView sent,
                            const std::vector<netns::Frame>& frames, const std::string& idle) {
  if (frames.empty()) return idle;
  std::string words;
  for (const auto& frame : frames) {
    if (!words.empty()) words += "; ";
    words += frame_in_words(topology, sent, frame);
  }
  return words;
}

std::string as_scapy(wire::ByteView packet) {
  const Ipv4View ip(packet);
  const auto header = scapy_ip(ip);
  if (header) {
    if (const auto udp = scapy_udp(ip)) return *header + *udp;
    return fmt::format("{},proto={})/Raw({})", *header, ip.protocol(), python_bytes(ip.payload()));
  }
  std::string hex;
  for (const auto byte : packet)
    hex += fmt::format("{:02x}", byte);
  return fmt::format("{}(bytes.fromhex('{}'))", model::is_ipv6(packet) ? "IPv6" : "IP", hex);
}

}  // namespace natstep::harness
