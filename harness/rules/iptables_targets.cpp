// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: iptables-extensions(8); net/netfilter/xt_{nat,mark,connmark,CT}.c.
#include "harness/rules/iptables_options.h"
#include "harness/rules/iptables_values.h"
#include "harness/rules/rule_values.h"

#include <algorithm>
#include <array>

namespace natstep::harness {
namespace {

using model::NatKind;
using Option = IptablesOption;
using Out = IptablesTarget;
using Verdict = model::VerdictStatement::Kind;

bool named(Out& out, const Option& option) {
  out.name = option.values[0];
  out.go_to = option.name == "-g" || option.name == "--goto";
  return !option.negated;
}

bool change_mark(Out& out, std::uint32_t flip, std::uint32_t mask) {
  out.mark = flip;
  out.mark_mask = mask;
  return true;
}

/// Sets the bits of the value and clears those of the mask.
bool set_mark(Out& out, const Option& option) {
  const auto mark = read_masked(option.values[0]);
  return mark && change_mark(out, mark->value, mark->value | mark->mask);
}

bool set_xmark(Out& out, const Option& option) {
  const auto mark = read_masked(option.values[0]);
  return mark && change_mark(out, mark->value, mark->mask);
}

bool and_mark(Out& out, const Option& option) {
  const auto bits = number(option.values[0]);
  return bits && change_mark(out, 0, ~*bits);
}

bool or_mark(Out& out, const Option& option) {
  const auto bits = number(option.values[0]);
  return bits && change_mark(out, *bits, *bits);
}

bool xor_mark(Out& out, const Option& option) {
  const auto bits = number(option.values[0]);
  return bits && change_mark(out, *bits, 0);
}

bool nat_target(Out& out, const Option& option) {
  return read_nat_target(option.values[0], out.range);
}
bool nat_ports(Out& out, const Option& option) {
  return read_nat_ports(option.values[0], out.range);
}

/// getopt's abbreviation, which people write for both.
bool to(Out& out, const Option& option) {
  return out.name == "NETMAP" ? read_netmap(option.values[0], out.range) : nat_target(out, option);
}

bool ignored(Out&, const Option&) {
  return true;
}

struct Reader {
  std::string_view name;
  std::size_t values;
  bool (*read)(Out&, const Option&);
};

constexpr std::array readers{
    Reader{"-j", 1, named},
    Reader{"--jump", 1, named},
    Reader{"-g", 1, named},
    Reader{"--goto", 1, named},
    Reader{"--to-destination", 1, nat_target},
    Reader{"--to-source", 1, nat_target},
    Reader{"--to-ports", 1, nat_ports},
    Reader{"--to-port", 1, nat_ports},
    Reader{"--to", 1, to},
    Reader{"--random", 0, [](Out& o, const Option&) { return o.range.random = true; }},
    Reader{"--random-fully", 0, [](Out& o, const Option&) { return o.range.fully_random = true; }},
    Reader{"--persistent", 0, [](Out& o, const Option&) { return o.range.persistent = true; }},
    Reader{"--notrack", 0, [](Out& o, const Option&) { return o.notrack = true; }},
    Reader{"--set-mark", 1, set_mark},
    Reader{"--set-xmark", 1, set_xmark},
    Reader{"--and-mark", 1, and_mark},
    Reader{"--or-mark", 1, or_mark},
    Reader{"--xor-mark", 1, xor_mark},
    Reader{"--log-level", 1, ignored},
    Reader{"--log-prefix", 1, ignored},
    Reader{"--log-tcp-sequence", 0, ignored},
    Reader{"--log-tcp-options", 0, ignored},
    Reader{"--log-ip-options", 0, ignored},
    Reader{"--log-uid", 0, ignored},
    Reader{"--nflog-group", 1, ignored},
    Reader{"--nflog-prefix", 1, ignored},
    Reader{"--nflog-size", 1, ignored},
    Reader{"--nflog-threshold", 1, ignored},
    Reader{"-c", 2, ignored},
    Reader{"--set-counters", 2, ignored},
};

const Reader* find(std::string_view name) {
  const auto found = std::ranges::find(readers, name, &Reader::name);
  return found == readers.end() ? nullptr : &*found;
}

struct NatTarget {
  std::string_view name;
  NatKind kind;
};
constexpr std::array<NatTarget, 5> nat_targets{{{"DNAT", NatKind::dnat},
                                                {"SNAT", NatKind::snat},
                                                {"MASQUERADE", NatKind::masquerade},
                                                {"REDIRECT", NatKind::redirect},
                                                {"NETMAP", NatKind::netmap}}};

struct VerdictTarget {
  std::string_view name;
  Verdict kind;
};
constexpr std::array<VerdictTarget, 3> verdict_targets{
    {{"ACCEPT", Verdict::accept}, {"DROP", Verdict::drop}, {"RETURN", Verdict::return_}}};

bool append_mark(const Out& target, std::vector<model::Statement>& statements) {
  if (!target.mark) return false;
  if (target.name == "MARK") {
    statements.emplace_back(
        model::SetMarkStatement{.value = *target.mark, .mask = target.mark_mask});
  } else {
    statements.emplace_back(
        model::SetCtMarkStatement{.value = *target.mark, .mask = target.mark_mask});
  }
  return true;
}

bool append_extension(const Out& target, std::vector<model::Statement>& statements) {
  if (target.name == "LOG" || target.name == "NFLOG") return true;
  if (target.name == "MARK" || target.name == "CONNMARK") return append_mark(target, statements);
  if (target.name == "NOTRACK" || (target.name == "CT" && target.notrack)) {
    statements.emplace_back(model::NotrackStatement{});
    return true;
  }
  const auto nat = std::ranges::find(nat_targets, target.name, &NatTarget::name);
  if (nat == nat_targets.end()) return false;
  statements.emplace_back(model::NatStatement{.kind = nat->kind, .range = target.range});
  return true;
}

}  // namespace

std::optional<std::size_t> iptables_target_values(std::string_view name) {
  const Reader* reader = find(name);
  return reader ? std::optional(reader->values) : std::nullopt;
}

std::optional<bool> read_iptables_target(const IptablesOption& option, IptablesTarget& out) {
  const Reader* reader = find(option.name);
  return reader ? std::optional(reader->read(out, option)) : std::nullopt;
}

bool append_target(const IptablesTarget& target,
                   const std::function<bool(std::string_view)>& is_chain,
                   std::vector<model::Statement>& statements) {
  if (target.name.empty()) return true;
  const auto verdict = std::ranges::find(verdict_targets, target.name, &VerdictTarget::name);
  if (verdict != verdict_targets.end()) {
    statements.emplace_back(model::VerdictStatement{.kind = verdict->kind, .target = {}});
    return true;
  }
  if (!is_chain(target.name)) return append_extension(target, statements);
  const Verdict kind = target.go_to ? Verdict::goto_ : Verdict::jump;
  statements.emplace_back(
      model::VerdictStatement{.kind = kind, .target = std::string(target.name)});
  return true;
}

}  // namespace natstep::harness
