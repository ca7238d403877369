// SPDX-License-Identifier: GPL-2.0-or-later
// The flows that sweeps send through the box: a protocol and a mapping, seen from both sides.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace natstep::harness::sweep {

enum class Protocol : std::uint8_t { udp, tcp, icmp };
enum class Family : std::uint8_t { ipv4, ipv6 };
enum class Mapping : std::uint8_t { none, source, destination, both };

inline constexpr std::array protocols{Protocol::udp, Protocol::tcp, Protocol::icmp};
inline constexpr std::array families{Family::ipv4, Family::ipv6};
inline constexpr std::array mappings{Mapping::none, Mapping::source, Mapping::destination,
                                     Mapping::both};

std::string_view to_string(Protocol protocol);
std::string_view to_string(Mapping mapping);
/// Behind the name of a case: nothing for IPv4.
std::string_view suffix(Family family);

/// How the flow looks on one side of the box.
struct Side {
  std::string_view port;       // of the topology
  std::string_view near, far;  // addresses: of who is on this side, and of who seems to be beyond
  std::uint16_t near_id = 0, far_id = 0;  // ports; ICMP shows neither
  std::string_view router;                // a router on this side, who may complain
};

struct Flow {
  Protocol protocol{};
  Mapping mapping{};
  Family family{};
  Side opener;    // who sends the first packet
  Side answerer;  // who answers

  [[nodiscard]] std::string topology() const;
  [[nodiscard]] std::string rules() const;
  /// Topology and rules: the beginning of a scenario.
  [[nodiscard]] std::string box() const;
  /// What the notation calls the protocol, and ICMP of this family.
  [[nodiscard]] std::string_view word() const;
  [[nodiscard]] std::string_view icmp_word() const;
  /// The endpoints of a packet from who is on `side`, and of one that arrives there.
  [[nodiscard]] std::string from(const Side& side) const;
  [[nodiscard]] std::string to(const Side& side) const;
  /// `in` lines for a first packet and, for what needs one, its answer.
  [[nodiscard]] std::string opening() const;
};

/// A flow whose mapping changes addresses and, where there are some, ports.
Flow flow(Protocol protocol, Mapping mapping, Family family = Family::ipv4);

}  // namespace natstep::harness::sweep
