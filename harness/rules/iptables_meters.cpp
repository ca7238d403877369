// SPDX-License-Identifier: GPL-2.0-or-later
// Matches that remember or count: limit, quota, statistic, connbytes. Their options make sense
// together only. Source: iptables-extensions(8).
#include "harness/rules/iptables_options.h"
#include "harness/rules/iptables_values.h"
#include "harness/rules/rule_values.h"

#include <algorithm>
#include <array>
#include <utility>

namespace natstep::harness {
namespace {

using model::Field;
using model::Match;
using Option = IptablesOption;
using Out = IptablesMatches;

/// "3/hour"; the unit may be cut short to its first letter.
std::optional<std::uint64_t> cost_of_rate(std::string_view text) {
  constexpr std::uint64_t nanoseconds = 1'000'000'000;
  const auto parts = split(text, '/');
  const auto rate = number(parts.front());
  if (!rate || *rate == 0 || parts.size() > 2) return std::nullopt;
  const std::string_view unit = parts.size() == 2 ? parts[1] : "second";
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> units{
      {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}}};
  for (const auto& [name, seconds] : units) {
    if (!unit.empty() && name.starts_with(unit)) return seconds * nanoseconds / *rate;
  }
  return std::nullopt;
}

bool limit(Out& out, const Option& option) {
  out.limit_cost = cost_of_rate(option.values[0]);
  return out.limit_cost && !option.negated;
}

bool limit_burst(Out& out, const Option& option) {
  const auto burst = number(option.values[0]);
  out.limit_burst = burst.value_or(0);
  return burst && *burst != 0;
}

bool quota(Out& out, const Option& option) {
  const auto bytes = number(option.values[0]);
  if (!bytes || option.negated) return false;
  out.statements.emplace_back(model::QuotaStatement{
      .meter = out.meters++, .bytes = *bytes, .by = model::QuotaStatement::By::iptables});
  return true;
}

bool every(Out& out, const Option& option) {
  out.every = number(option.values[0]);
  out.negated = option.negated;
  return out.every && *out.every != 0;
}

bool first_packet(Out& out, const Option& option) {
  const auto packet = number(option.values[0]);
  out.first_packet = packet.value_or(0);
  return packet.has_value();
}

bool connbytes(Out& out, const Option& option) {
  const auto ends = split(option.values[0], ':');
  const auto low = number(ends.front());
  const auto high = ends.size() == 2 && !ends[1].empty() ? number(ends[1]) : 0xffffffff;
  if (!low || !high || ends.size() > 2) return false;
  out.connbytes = between(*low, *high);
  out.negated = option.negated;
  return true;
}

std::optional<Field> connbytes_field(std::string_view mode, std::string_view direction) {
  static constexpr std::array<std::string_view, 3> modes{"bytes", "packets", "avgpkt"};
  static constexpr std::array<std::string_view, 3> directions{"both", "original", "reply"};
  const auto m = std::ranges::find(modes, mode);
  const auto d = std::ranges::find(directions, direction);
  if (m == modes.end() || d == directions.end()) return std::nullopt;
  const auto offset = (m - modes.begin()) * 3 + (d - directions.begin());
  return static_cast<Field>(static_cast<int>(Field::ct_bytes) + static_cast<int>(offset));
}

struct Reader {
  std::string_view name;
  std::size_t values;
  bool (*read)(Out&, const Option&);
};

constexpr std::array readers{
    Reader{"--limit", 1, limit},
    Reader{"--limit-burst", 1, limit_burst},
    Reader{"--quota", 1, quota},
    Reader{"--mode", 1, [](Out&, const Option& x) { return x.values[0] == "nth"; }},
    Reader{"--every", 1, every},
    Reader{"--packet", 1, first_packet},
    Reader{"--connbytes", 1, connbytes},
    Reader{"--connbytes-dir", 1,
           [](Out& o, const Option& x) {
             o.connbytes_direction = x.values[0];
             return true;
           }},
    Reader{"--connbytes-mode", 1,
           [](Out& o, const Option& x) {
             o.connbytes_mode = x.values[0];
             return true;
           }},
};

const Reader* find(std::string_view name) {
  const auto found = std::ranges::find(readers, name, &Reader::name);
  return found == readers.end() ? nullptr : &*found;
}

}  // namespace

bool finish_iptables_matches(IptablesMatches& out) {
  if (out.limit_cost) {
    out.statements.emplace_back(
        model::LimitStatement{.meter = out.meters++,
                              .cost = *out.limit_cost,
                              .capacity = *out.limit_cost * out.limit_burst});
  }
  if (out.every) {
    out.statements.emplace_back(model::GenerateStatement{
        .meter = out.meters++,
        .modulus = *out.every,
        .initial = *out.every - 1 - std::min(out.first_packet, *out.every - 1)});
    out.statements.emplace_back(Match{
        .field = Field::generated, .mask = {}, .ranges = {single(0)}, .negated = out.negated});
  }
  if (!out.connbytes) return true;
  const auto field = connbytes_field(out.connbytes_mode, out.connbytes_direction);
  if (!field) return false;
  out.statements.emplace_back(
      Match{.field = *field, .mask = {}, .ranges = {*out.connbytes}, .negated = out.negated});
  return true;
}

std::optional<std::size_t> iptables_meter_values(std::string_view name) {
  const Reader* reader = find(name);
  return reader ? std::optional(reader->values) : std::nullopt;
}

std::optional<bool> read_iptables_meter(const IptablesOption& option, IptablesMatches& out) {
  const Reader* reader = find(option.name);
  return reader ? std::optional(reader->read(out, option)) : std::nullopt;
}

}  // namespace natstep::harness
