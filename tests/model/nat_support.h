// SPDX-License-Identifier: GPL-2.0-or-later
// A small box with rules, for tests that push packets through the whole model.
//
//   lan  10.0.1.1/24      wan  203.0.113.1/24, default route via 203.0.113.254      dmz
//   192.168.1.1/24
#pragma once

#include "model/model.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace natstep::model::test {

inline constexpr PortId lan = 0;
inline constexpr PortId wan = 1;
inline constexpr PortId dmz = 2;

inline wire::Address address(std::string_view text) {
  return *wire::Address::parse(text);
}
inline std::uint32_t number(std::string_view text) {
  return address(text).ipv4_value();
}

struct Endpoint {
  std::string_view address;
  std::uint16_t port = 0;
};

/// What of a packet's IP header a test may want to set.
struct Ip {
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t id = 1;
  std::uint16_t fragment_word = 0;
  wire::Bytes options = {};
};

inline wire::Bytes ip(std::string_view src, std::string_view dst, std::uint8_t protocol,
                      wire::ByteView payload, const Ip& fields = {}) {
  wire::Ipv4Header header;
  header.src = number(src);
  header.dst = number(dst);
  header.protocol = protocol;
  header.ttl = fields.ttl;
  header.tos = fields.tos;
  header.id = fields.id;
  header.fragment_word = fields.fragment_word;
  header.options = fields.options;
  return wire::build(header, payload);
}

inline wire::Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

inline wire::Bytes udp(Endpoint src, Endpoint dst, std::string_view payload = "data",
                       const Ip& fields = {},
                       std::optional<std::uint16_t> checksum = std::nullopt) {
  wire::UdpHeader header;
  header.src_port = src.port;
  header.dst_port = dst.port;
  header.checksum = checksum;
  return ip(src.address, dst.address, wire::ip_protocol::udp,
            wire::build(header, number(src.address), number(dst.address), text(payload)), fields);
}

inline wire::Bytes tcp(Endpoint src, Endpoint dst, std::uint8_t flags, std::uint32_t seq = 1000,
                       std::uint32_t ack = 0, std::string_view payload = {},
                       const Ip& fields = {}) {
  wire::TcpHeader header;
  header.src_port = src.port;
  header.dst_port = dst.port;
  header.flags = flags;
  header.seq = seq;
  header.ack = ack;
  header.window = 65535;
  return ip(src.address, dst.address, wire::ip_protocol::tcp,
            wire::build(header, number(src.address), number(dst.address), text(payload)), fields);
}

inline wire::Bytes icmp(std::string_view src, std::string_view dst, std::uint8_t type,
                        std::uint8_t code, std::uint32_t rest, wire::ByteView payload = {},
                        const Ip& fields = {}) {
  wire::Icmpv4Header header;
  header.type = type;
  header.code = code;
  header.rest = rest;
  return ip(src, dst, wire::ip_protocol::icmp, wire::build(header, payload), fields);
}

inline wire::Bytes echo(std::string_view src, std::string_view dst, std::uint16_t id,
                        std::string_view payload = "ping", const Ip& fields = {}) {
  return icmp(src, dst, wire::icmpv4::echo_request, 0, static_cast<std::uint32_t>(id) << 16 | 1,
              text(payload), fields);
}

inline wire::Bytes first(wire::ByteView packet, std::size_t size) {
  return {packet.begin(), packet.begin() + static_cast<long>(std::min(size, packet.size()))};
}

/// "10.0.1.2:4000 > 198.51.100.9:53", the four bytes behind the IP header read as ports.
inline std::string flow_of(wire::ByteView packet) {
  const wire::Ipv4View header(packet);
  const auto endpoint = [&](std::uint32_t at, std::size_t offset) {
    std::string words = to_string(wire::Address::ipv4(at));
    const bool ports =
        header.protocol() == wire::ip_protocol::udp || header.protocol() == wire::ip_protocol::tcp;
    if (ports) words += ':' + std::to_string(wire::load_be16(&header.rest()[offset]));
    return words;
  };
  return endpoint(header.src(), 0) + " > " + endpoint(header.dst(), 2);
}

inline wire::ByteView l4_of(wire::ByteView packet) {
  return wire::Ipv4View(packet).rest();
}

/// IP, UDP, TCP and ICMP checksums all verify.
inline bool all_checksums_valid(wire::ByteView packet) {
  const wire::Ipv4View header(packet);
  if (!header.checksum_valid()) return false;
  const wire::ByteView l4 = header.rest();
  const std::uint32_t seed =
      wire::pseudo_header_sum(header.src(), header.dst(), header.protocol(), l4.size());
  switch (header.protocol()) {
    case wire::ip_protocol::udp:
      return wire::load_be16(&l4[wire::udp::checksum]) == 0 || wire::checksum_valid(l4, seed);
    case wire::ip_protocol::tcp:
      return wire::checksum_valid(l4, seed);
    case wire::ip_protocol::icmp:
      return wire::checksum_valid(l4);
    default:
      return true;
  }
}

/// Answers every question with a value given beforehand.
class FixedChooser final : public Chooser {
 public:
  std::optional<std::uint32_t> choose(const Choice& choice) override {
    asked.push_back(choice.kind);
    const auto found = answers.find(choice.kind);
    if (found == answers.end()) return std::nullopt;
    return found->second;
  }

  std::map<ChoiceKind, std::uint32_t> answers;
  std::vector<ChoiceKind> asked;
};

inline Match equals(Field field, std::uint64_t value) {
  return {.field = field, .mask = {}, .ranges = {{value_of(value), value_of(value)}}};
}
inline Match equals(Field field, std::string_view dotted) {
  return equals(field, std::uint64_t{number(dotted)});
}
inline VerdictStatement verdict(VerdictStatement::Kind kind, std::string target = {}) {
  return {.kind = kind, .target = std::move(target)};
}
inline NatStatement nat(NatKind kind, NatRange range = {}) {
  return {.kind = kind, .range = std::move(range)};
}
inline NatRange to(std::string_view low, std::string_view high) {
  NatRange range;
  range.min_address = address(low);
  range.max_address = address(high);
  return range;
}
inline NatRange to(std::string_view only) {
  return to(only, only);
}
inline NatRange ports(NatRange range, std::uint16_t low, std::uint16_t high) {
  range.min_port = low;
  range.max_port = high;
  return range;
}
inline Rule rule(std::vector<Statement> statements, std::string words = "a rule") {
  return {.statements = std::move(statements), .text = std::move(words)};
}

struct BoxTest : ::testing::Test {
  BoxTest() {
    state.topology.ports = {port("lan", "10.0.1.1/24"), port("wan", "203.0.113.1/24"),
                            port("dmz", "192.168.1.1/24")};
    state.topology.routes = {{.destination = *wire::Prefix::parse("0.0.0.0/0"),
                              .gateway = address("203.0.113.254"),
                              .port = wan}};
  }

  static Port port(std::string name, std::string_view prefix) {
    return {.name = std::move(name), .addresses = {*wire::Prefix::parse(prefix)}};
  }

  /// Adds a base chain to one table, and what the kernel registers with it.
  Chain& chain(ChainType type, Hook hook, std::int32_t priority, std::vector<Rule> rules) {
    if (state.rules.tables.empty()) state.rules.tables.push_back({.name = "test", .chains = {}});
    Chain added;
    added.name = "chain" + std::to_string(registered_);
    added.rules = std::move(rules);
    added.base = true;
    added.type = type;
    added.hook = hook;
    added.priority = priority;
    added.registered = registered_++;
    state.rules.ipv4.conntrack = true;
    if (type == ChainType::nat) state.rules.ipv4.nat = true;
    state.rules.tables.front().chains.push_back(std::move(added));
    prepare(state);
    return state.rules.tables.front().chains.back();
  }
  Chain& plain_chain(std::string name, std::vector<Rule> rules) {
    state.rules.tables.front().chains.push_back(
        {.name = std::move(name), .rules = std::move(rules)});
    prepare(state);
    return state.rules.tables.front().chains.back();
  }
  void nat_rule(Hook hook, std::vector<Statement> statements) {
    const bool source = hook == Hook::post_routing || hook == Hook::local_in;
    chain(ChainType::nat, hook, source ? priority::nat_src : priority::nat_dst,
          {rule(std::move(statements))});
  }
  void masquerade_on_wan() {
    nat_rule(Hook::post_routing, {equals(Field::meta_oifname, wan), nat(NatKind::masquerade)});
  }

  /// Tests change the box between packets, so it is compiled for each.
  const Prediction& inject(PortId in, const wire::Bytes& packet) {
    prepare(state);
    step(state, {.kind = Stimulus::Kind::inject, .port = in, .packet = packet, .at = now}, chooser,
         out);
    return out;
  }
  const Prediction& send(const wire::Bytes& packet) {
    prepare(state);
    step(state, {.kind = Stimulus::Kind::send, .port = no_port, .packet = packet, .at = now},
         chooser, out);
    return out;
  }
  void break_clause(Clause clause) {
    state.broken = clause;
    prepare(state);
  }

  /// The flow of the only frame, with its port: "wan 203.0.113.1:4000 > 198.51.100.9:53"; what
  /// became of the packet otherwise.
  std::string left() const {
    if (out.frames.size() != 1) return std::string(to_string(out.fate));
    return state.topology.ports[out.frames[0].port].name + ' ' + flow_of(out.frames[0].bytes);
  }
  /// The only entry of the table.
  const Conn& entry() const {
    const auto entries = state.conntrack.entries();
    EXPECT_EQ(entries.size(), 1u);
    return *entries.at(0);
  }
  bool reached(Clause clause) const { return out.clauses.test(static_cast<std::size_t>(clause)); }

  State state;
  FixedChooser chooser;
  Prediction out;
  std::uint64_t now = 0;

 private:
  std::uint32_t registered_ = 0;
};

}  // namespace natstep::model::test
