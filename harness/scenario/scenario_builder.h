// SPDX-License-Identifier: GPL-2.0-or-later
// Builds scenarios in C++, for tests and sweeps. Each call adds what one line of a .nat file would,
// in its words:
//
//   Scenario scenario = ScenarioBuilder("router")
//       .nft("table ip nat { chain post { type nat hook postrouting priority srcnat; masquerade; };
//       }") .in("lan", "udp 10.0.1.2:4000 > 198.51.100.9:53") .out("wan", "udp 203.0.113.1:4000 >
//       198.51.100.9:53") .build();
#pragma once

#include "harness/scenario/scenario.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace natstep::harness {

class ScenarioBuilder {
 public:
  explicit ScenarioBuilder(std::string_view topology = "router");

  ScenarioBuilder& reason(std::string_view text);
  /// `addresses`: one or more prefixes, parted by commas. `mtu` in bytes.
  ScenarioBuilder& port(std::string_view name, std::string_view addresses,
                        std::uint32_t mtu = 1500);
  ScenarioBuilder& address(std::string_view port, std::string_view prefix);
  /// "198.51.100.0/24 via 203.0.113.9 dev wan", "unreachable 10.9.0.0/16", "none".
  ScenarioBuilder& route(std::string_view route);
  ScenarioBuilder& sysctl(std::string_view key, std::string_view value);

  ScenarioBuilder& nft(std::string_view rules);
  ScenarioBuilder& iptables(std::string_view rules);
  ScenarioBuilder& iptables_nft(std::string_view rules);

  ScenarioBuilder& in(std::string_view port, std::string_view packet);
  ScenarioBuilder& in(std::string_view port, wire::ByteView packet);
  ScenarioBuilder& send(std::string_view packet);
  ScenarioBuilder& send(wire::ByteView packet);
  /// The packet, perhaps with its conditions: "udp 203.0.113.1:$p > 198.51.100.9:53 where $p !=
  /// 4000".
  ScenarioBuilder& out(std::string_view port, std::string_view packet);
  ScenarioBuilder& out(std::string_view port, wire::ByteView packet);
  ScenarioBuilder& nothing();
  ScenarioBuilder& ct(std::string_view entry);
  ScenarioBuilder& no_ct(std::string_view tuple);

  /// The text so far.
  [[nodiscard]] std::string text() const;
  /// Throws std::invalid_argument with the parser's diagnostic when one of the calls said something
  /// that no line can say.
  [[nodiscard]] Scenario build(std::string path = "built") const;

 private:
  ScenarioBuilder& line(std::string_view directive, std::string_view rest);
  ScenarioBuilder& block(std::string_view directive, std::string_view rules);

  std::string reason_;
  std::string lines_;
};

}  // namespace natstep::harness
