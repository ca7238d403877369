// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scenario/scenario_builder.h"

#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_text.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {

ScenarioBuilder::ScenarioBuilder(std::string_view topology) {
  line("topology", topology);
}

ScenarioBuilder& ScenarioBuilder::reason(std::string_view text) {
  reason_ = print_comment(text);
  return *this;
}

ScenarioBuilder& ScenarioBuilder::port(std::string_view name, std::string_view addresses,
                                       std::uint32_t mtu) {
  return line("port", fmt::format("{} {} mtu {}", name, addresses, mtu));
}

ScenarioBuilder& ScenarioBuilder::address(std::string_view port, std::string_view prefix) {
  return line("address", fmt::format("{} {}", port, prefix));
}

ScenarioBuilder& ScenarioBuilder::route(std::string_view route) {
  return line("route", route);
}

ScenarioBuilder& ScenarioBuilder::sysctl(std::string_view key, std::string_view value) {
  return line("sysctl", fmt::format("{} = {}", key, value));
}

ScenarioBuilder& ScenarioBuilder::nft(std::string_view rules) {
  return block("nft", rules);
}
ScenarioBuilder& ScenarioBuilder::iptables(std::string_view rules) {
  return block("iptables", rules);
}
ScenarioBuilder& ScenarioBuilder::iptables_nft(std::string_view rules) {
  return block("iptables-nft", rules);
}

ScenarioBuilder& ScenarioBuilder::in(std::string_view port, std::string_view packet) {
  return line("in", fmt::format("{} {}", port, packet));
}
ScenarioBuilder& ScenarioBuilder::in(std::string_view port, wire::ByteView packet) {
  return in(port, print_hex(packet));
}

ScenarioBuilder& ScenarioBuilder::send(std::string_view packet) {
  return line("send", packet);
}
ScenarioBuilder& ScenarioBuilder::send(wire::ByteView packet) {
  return send(print_hex(packet));
}

ScenarioBuilder& ScenarioBuilder::out(std::string_view port, std::string_view packet) {
  return line("out", fmt::format("{} {}", port, packet));
}
ScenarioBuilder& ScenarioBuilder::out(std::string_view port, wire::ByteView packet) {
  return out(port, print_hex(packet));
}

ScenarioBuilder& ScenarioBuilder::nothing() {
  return line("nothing", "");
}
ScenarioBuilder& ScenarioBuilder::ct(std::string_view entry) {
  return line("ct", entry);
}
ScenarioBuilder& ScenarioBuilder::no_ct(std::string_view tuple) {
  return line("no ct", tuple);
}

std::string ScenarioBuilder::text() const {
  return reason_ + lines_;
}

Scenario ScenarioBuilder::build(std::string path) const {
  auto scenario = parse_scenario(text(), std::move(path));
  if (!scenario) throw std::invalid_argument(to_string(scenario.error()));
  return std::move(*scenario);
}

ScenarioBuilder& ScenarioBuilder::line(std::string_view directive, std::string_view rest) {
  lines_ += fmt::format("{} {}\n", directive, rest);
  return *this;
}

/// Rules stand on lines of their own: nft wants a newline where a chain's brace follows another's.
ScenarioBuilder& ScenarioBuilder::block(std::string_view directive, std::string_view rules) {
  lines_ += fmt::format("{} {{\n{}\n}}\n", directive, rules);
  return *this;
}

}  // namespace natstep::harness
