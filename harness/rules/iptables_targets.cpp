// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: iptables-extensions(8); net/netfilter/xt_{nat,mark,connmark,CT}.c.
#include "harness/rules/iptables_options.h"
#include "harness/rules/iptables_values.h"
#include "harness/rules/rule_values.h"

#include <algorithm>
#include <array>
#include <optional>

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

// ---- marks that are copied

bool save_mark(Out& out, const Option&) {
  out.copy_mark = Out::CopyMark::save;
  return true;
}

bool restore_mark(Out& out, const Option&) {
  out.copy_mark = Out::CopyMark::restore;
  return true;
}

bool copied_bits(Out& out, const Option& option) {
  const auto bits = number(option.values[0]);
  if (option.name != "--ctmask") out.nfmask = bits.value_or(0);
  if (option.name != "--nfmask") out.ctmask = bits.value_or(0);
  return bits.has_value();
}

model::CopyMarkStatement copied_mark(const Out& target) {
  using model::MarkOf;
  if (target.copy_mark == Out::CopyMark::save) {
    return {.from = MarkOf::packet,
            .to = MarkOf::entry,
            .copied = target.nfmask,
            .cleared = target.ctmask};
  }
  return {.from = MarkOf::entry,
          .to = MarkOf::packet,
          .copied = target.ctmask,
          .cleared = target.nfmask};
}

// ---- zones

bool zone(Out& out, const Option& option, model::ZoneDirections directions) {
  model::ZoneStatement statement{.zone = {0, directions},
                                 .untracked = model::ZoneStatement::Untracked::leave};
  statement.from_mark = option.values[0] == "mark";
  if (!statement.from_mark) {
    const auto id = number(option.values[0]);
    if (!id || *id > 0xffff) return false;
    statement.zone.id = static_cast<std::uint16_t>(*id);
  }
  out.zone = statement;
  return true;
}

bool helper(Out& out, const Option& option) {
  out.helper = model::find_helper(option.values[0]);
  return out.helper.has_value();
}

/// Everything that one CT rule asks for stands in one template.
bool append_template(const Out& target, std::vector<model::Statement>& statements) {
  if (!target.zone && !target.helper) return false;
  model::ZoneStatement wanted = target.zone.value_or(
      model::ZoneStatement{.zone = {}, .untracked = model::ZoneStatement::Untracked::leave});
  wanted.helper = target.helper;
  statements.emplace_back(wanted);
  return true;
}

// ---- what is written into the packet

bool reject_with(Out& out, const Option& option) {
  struct Name {
    std::string_view word, short_word;
    std::uint8_t code;
  };
  static constexpr std::array<Name, 7> names{{{"icmp-net-unreachable", "net-unreach", 0},
                                              {"icmp-host-unreachable", "host-unreach", 1},
                                              {"icmp-proto-unreachable", "proto-unreach", 2},
                                              {"icmp-port-unreachable", "port-unreach", 3},
                                              {"icmp-net-prohibited", "net-prohib", 9},
                                              {"icmp-host-prohibited", "host-prohib", 10},
                                              {"icmp-admin-prohibited", "admin-prohib", 13}}};
  const std::string_view word = option.values[0];
  if (word == "tcp-reset" || word == "tcp-rst") {
    out.reject.with = model::RejectStatement::With::tcp_reset;
    return true;
  }
  static constexpr std::array<Name, 6> ipv6_names{{{"icmp6-no-route", "no-route", 0},
                                                   {"icmp6-adm-prohibited", "adm-prohibited", 1},
                                                   {"icmp6-addr-unreachable", "addr-unreach", 3},
                                                   {"icmp6-port-unreachable", "port-unreach", 4},
                                                   {"icmp6-policy-fail", "policy-fail", 5},
                                                   {"icmp6-reject-route", "reject-route", 6}}};
  const auto called = [&](const Name& name) {
    return name.word == word || name.short_word == word;
  };
  const auto found = std::ranges::find_if(names, called);
  const auto over_ipv6 = std::ranges::find_if(ipv6_names, called);
  if (found != names.end()) out.reject.code = found->code;
  if (over_ipv6 != ipv6_names.end()) out.reject.ipv6_code = over_ipv6->code;
  return found != names.end() || over_ipv6 != ipv6_names.end();
}

bool set_mss(Out& out, const Option& option) {
  const auto size = number(option.values[0]);
  if (!size || *size > 0xffff) return false;
  out.maxseg = model::MaxSegStatement{.size = static_cast<std::uint16_t>(*size),
                                      .by = model::MaxSegStatement::By::iptables};
  return true;
}

bool clamp_mss(Out& out, const Option&) {
  out.maxseg =
      model::MaxSegStatement{.size = std::nullopt, .by = model::MaxSegStatement::By::iptables};
  return true;
}

bool ttl(Out& out, const Option& option, model::TtlStatement::How how) {
  const auto value = number(option.values[0]);
  if (!value || *value > 255) return false;
  out.ttl = model::TtlStatement{.how = how, .value = static_cast<std::uint8_t>(*value)};
  return true;
}

bool write_tos(Out& out, std::uint32_t cleared, std::uint32_t flipped) {
  out.tos = model::TosStatement{.cleared = static_cast<std::uint8_t>(cleared),
                                .flipped = static_cast<std::uint8_t>(flipped)};
  return true;
}

bool set_dscp(Out& out, const Option& option) {
  const auto value = number(option.values[0]);
  return value && *value < 64 && write_tos(out, 0xfc, *value << 2);
}

/// "--set-tos value/mask" clears the bits of the mask and xors the value; without a mask all bits
/// are cleared.
bool set_tos(Out& out, const Option& option) {
  const auto tos = read_masked(option.values[0]);
  return tos && tos->value <= 255 && write_tos(out, tos->mask & 0xff, tos->value);
}

bool combine_tos(Out& out, const Option& option) {
  const auto bits = number(option.values[0]);
  if (!bits || *bits > 255) return false;
  if (option.name == "--and-tos") return write_tos(out, ~*bits, 0);
  return write_tos(out, option.name == "--or-tos" ? *bits : 0, *bits);
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

bool queue_number(Out& out, const Option& option) {
  const auto number = service_port(option.values[0]);
  out.queue = number.value_or(0);
  return number.has_value();
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
    Reader{"--save-mark", 0, save_mark},
    Reader{"--restore-mark", 0, restore_mark},
    Reader{"--nfmask", 1, copied_bits},
    Reader{"--ctmask", 1, copied_bits},
    Reader{"--mask", 1, copied_bits},
    Reader{"--helper", 1, helper},
    Reader{"--zone", 1,
           [](Out& o, const Option& x) { return zone(o, x, model::ZoneDirections::both); }},
    Reader{"--zone-orig", 1,
           [](Out& o, const Option& x) { return zone(o, x, model::ZoneDirections::original); }},
    Reader{"--zone-reply", 1,
           [](Out& o, const Option& x) { return zone(o, x, model::ZoneDirections::reply); }},
    Reader{"--reject-with", 1, reject_with},
    Reader{"--set-mss", 1, set_mss},
    Reader{"--clamp-mss-to-pmtu", 0, clamp_mss},
    Reader{"--ttl-set", 1,
           [](Out& o, const Option& x) { return ttl(o, x, model::TtlStatement::How::set); }},
    Reader{"--ttl-inc", 1,
           [](Out& o, const Option& x) { return ttl(o, x, model::TtlStatement::How::increase); }},
    Reader{"--ttl-dec", 1,
           [](Out& o, const Option& x) { return ttl(o, x, model::TtlStatement::How::decrease); }},
    Reader{"--hl-set", 1,
           [](Out& o, const Option& x) { return ttl(o, x, model::TtlStatement::How::set); }},
    Reader{"--hl-inc", 1,
           [](Out& o, const Option& x) { return ttl(o, x, model::TtlStatement::How::increase); }},
    Reader{"--hl-dec", 1,
           [](Out& o, const Option& x) { return ttl(o, x, model::TtlStatement::How::decrease); }},
    Reader{"--set-dscp", 1, set_dscp},
    Reader{"--set-tos", 1, set_tos},
    Reader{"--and-tos", 1, combine_tos},
    Reader{"--or-tos", 1, combine_tos},
    Reader{"--xor-tos", 1, combine_tos},
    Reader{"--queue-num", 1, queue_number},
    Reader{"--queue-bypass", 0, ignored},
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
  if (target.copy_mark != Out::CopyMark::none) {
    statements.emplace_back(copied_mark(target));
    return true;
  }
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

/// Adds what an option of the target has described; false when it was not given.
template <typename Described>
bool append_if(const std::optional<Described>& described,
               std::vector<model::Statement>& statements) {
  if (described) statements.emplace_back(*described);
  return described.has_value();
}

/// Targets that write into the packet, or answer it. Nothing for another target.
std::optional<bool> append_mangle(const Out& target, std::vector<model::Statement>& statements) {
  if (target.name == "TCPMSS") return append_if(target.maxseg, statements);
  if (target.name == "TTL" || target.name == "HL") return append_if(target.ttl, statements);
  if (target.name == "DSCP" || target.name == "TOS") return append_if(target.tos, statements);
  if (target.name != "REJECT") return std::nullopt;
  statements.emplace_back(target.reject);
  return true;
}

bool append_extension(const Out& target, std::vector<model::Statement>& statements) {
  if (target.name == "LOG" || target.name == "NFLOG") return true;
  if (target.name == "MARK" || target.name == "CONNMARK") return append_mark(target, statements);
  if (target.name == "NOTRACK" || (target.name == "CT" && target.notrack)) {
    statements.emplace_back(model::NotrackStatement{});
    return true;
  }
  if (target.name == "CT") return append_template(target, statements);
  if (const auto mangled = append_mangle(target, statements)) return *mangled;
  if (target.name == "NFQUEUE") {
    statements.emplace_back(
        model::VerdictStatement{.kind = Verdict::queue, .target = {}, .queue = target.queue});
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
