// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/distribution.h"

#include "harness/lockstep/convert.h"
#include "harness/scenario/topology_lines.h"
#include "model/conntrack/tuple.h"
#include "model/wire/ipv4.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::size_t cell_count = 64;
constexpr std::uint32_t client = 0x0a000102;   // 10.0.1.2
constexpr std::uint32_t servers = 0xc6336400;  // 198.51.100.0/24
constexpr std::uint16_t client_port = 4000;
constexpr std::size_t flows_to_a_server = 16;

// Every flow has a port of its own where the rule leaves the choice to chance alone; so many
// servers, that hardly a choice is taken already.
constexpr std::array<RandomRule, 4> rules{{
    {.statement = "masquerade random", .first = 1024, .last = 65535},
    {.statement = "masquerade fully-random", .first = 1024, .last = 65535},
    {.statement = "snat to 203.0.113.1:20000-28191 random", .first = 20000, .last = 28191},
    {.statement = "snat to 203.0.113.1:20000-28191 fully-random", .first = 20000, .last = 28191},
}};

wire::Bytes question(std::size_t flow) {
  const auto server = servers + static_cast<std::uint32_t>(flow / flows_to_a_server % 256);
  const wire::UdpHeader udp{
      .src_port = static_cast<std::uint16_t>(client_port + flow % flows_to_a_server),
      .dst_port = static_cast<std::uint16_t>(1 + flow / (flows_to_a_server * 256))};
  return wire::build(wire::Ipv4Header{.src = client, .dst = server, .protocol = 17},
                     wire::build(udp, client, server, {}));
}

void count(Distribution& found, const RandomRule& rule, const netns::Observation& seen) {
  for (const auto& frame : seen.frames) {
    const auto tuple = model::tuple_of(frame.bytes);
    if (!tuple || tuple->src_id < rule.first || tuple->src_id > rule.last) {
      ++found.outside;
      continue;
    }
    const std::size_t span = rule.last - rule.first + 1;
    ++found.cells[(tuple->src_id - rule.first) * cell_count / span];
  }
}

/// Pearson's statistic against cells that are as likely as their weights.
double against(const std::vector<std::size_t>& cells, const std::vector<double>& weights) {
  const auto total =
      static_cast<double>(std::accumulate(cells.begin(), cells.end(), std::size_t{0}));
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (total == 0) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double expected = total * weights[i] / all;
    const double off = static_cast<double>(cells[i]) - expected;
    sum += off * off / expected;
  }
  return sum;
}

}  // namespace

std::span<const RandomRule> random_rules() {
  return rules;
}

double Distribution::chi_square() const {
  return against(cells, std::vector<double>(cells.size(), 1));
}

double Distribution::chi_square_of_modulo() const {
  constexpr std::size_t random_values = 65536;
  std::vector<double> weights(cells.size());
  for (std::size_t value = 0; value < random_values; ++value)
    weights[value % span * cells.size() / span] += 1;
  return against(cells, weights);
}

double Distribution::bound() const {
  const auto freedom = static_cast<double>(cells.size() - 1);
  return freedom + 6 * std::sqrt(2 * freedom);
}

Distribution measure(netns::KernelDut& dut, const RandomRule& rule, std::size_t flows) {
  using netns::EnvironmentError;
  Distribution found{.statement = std::string(rule.statement),
                     .span = rule.last - rule.first + 1,
                     .flows = flows,
                     .cells = std::vector<std::size_t>(cell_count)};
  const auto topology = default_topology("router").value();
  const auto text = fmt::format(
      "table ip nat {{ chain post {{ type nat hook postrouting priority srcnat; oifname \"wan\" "
      "meta l4proto udp {}; }}; }}",
      rule.statement);
  if (dut.configure(to_netns(topology), {}) || dut.load_rules(netns::RuleTool::nft, text))
    throw EnvironmentError(EnvironmentError::Kind::missing, "the rules of a random choice");
  const auto lan = topology.find_port("lan").value();
  netns::Observation seen;
  for (std::size_t flow = 0; flow < flows; ++flow) {
    const auto packet = question(flow);
    dut.apply({.port = lan, .packet = packet}, {}, seen);
    count(found, rule, seen);
  }
  return found;
}

}  // namespace natstep::harness
