// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_tables_core.c (nft_do_chain), net/ipv4/netfilter/ip_tables.c
// (ipt_do_table).
#include "model/rules/rules.h"

#include "model/clause_names.h"
#include "model/helper/helper.h"
#include "model/missing.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/fib.h"
#include "model/rules/meters.h"
#include "model/rules/reject.h"
#include "model/rules/rule_actions.h"
#include "model/rules/rule_fields.h"
#include "model/rules/rule_maxseg.h"
#include "model/rules/rule_writes.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace natstep::model {
namespace {

using Kind = VerdictStatement::Kind;

/// nft allows sixteen nested jumps when the rules are loaded; the model only has to stop somewhere.
constexpr int max_depth = 64;

/// How the evaluation of a rule or of a chain ended.
enum class Flow : std::uint8_t {
  next,  // go on with the next rule; for a chain: its end was reached
  accept,
  drop,
  queue,
  returned,  // back to the chain that jumped here
  done,      // a rule ran to its end: go on, but not with its alternatives
};

Value masked(Value value, const Value& mask) {
  std::ranges::transform(value, mask, value.begin(), [](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(a & b);
  });
  return value;
}

bool contains(const std::vector<ValueRange>& ranges, const Value& value) {
  return std::ranges::any_of(
      ranges, [&](const ValueRange& range) { return value >= range.low && value <= range.high; });
}

bool shares_a_bit(const Value& a, const Value& b) {
  return masked(a, b) != Value{};
}

/// One traversal of a base chain and what it jumps to.
class Evaluation {
 public:
  Evaluation(Step& step, Packet& packet, Hook hook, const Table& table, const Chain& base)
      : step_(step), packet_(packet), hook_(hook), table_(table), chain_priority_(base.priority) {}

  Flow run(const Chain& chain, int depth) {
    if (depth > max_depth) {
      step_.unspecified(Missing::circle_of_jumps, table_.name);
      return Flow::next;
    }
    for (std::size_t i = 0; i < chain.rules.size(); ++i) {
      const Rule& rule = chain.rules[i];
      const Flow flow = run(rule, depth);
      if (flow == Flow::done) {
        i += rule.alternatives_left;
      } else if (flow != Flow::next) {
        return flow;
      }
    }
    return Flow::next;
  }

  /// The rule that decided, if one did.
  [[nodiscard]] const Rule* decided_by() const { return decided_by_; }
  [[nodiscard]] bool tapped() const { return tapped_; }

 private:
  Flow run(const Rule& rule, int depth) {
    for (std::size_t i = 0; i < rule.statements.size(); ++i) {
      const Statement& statement = rule.statements[i];
      if (const auto* match = std::get_if<Match>(&statement)) {
        if (is_hot(*match)) {
          if (decided_by_ == nullptr) decided_by_ = &rule;
          return Flow::drop;
        }
        if (!matches(*match)) return i < rule.prefix ? Flow::done : Flow::next;
        continue;
      }
      const Flow flow = execute_statement(statement, depth);
      if (flow == Flow::done) return Flow::done;
      if (flow == Flow::next && !continues_rule(statement)) return Flow::done;
      if (flow == Flow::next) continue;
      if (decided_by_ == nullptr) decided_by_ = &rule;
      return flow;
    }
    return Flow::done;
  }

  /// A statement that breaks the rule also keeps its alternatives from being tried: their maps have
  /// the element that this one had.
  static Flow follow(Carried carried) {
    if (carried == Carried::drops) return Flow::drop;
    return carried == Carried::on ? Flow::next : Flow::done;
  }

  static Flow follow(bool rule_goes_on) { return rule_goes_on ? Flow::next : Flow::done; }

  /// After a jump that came back, and after `continue`, the next rule is evaluated.
  static bool continues_rule(const Statement& statement) {
    return !std::holds_alternative<VerdictStatement>(statement);
  }

  /// xt_action_param.hotdrop: what xtables cannot read it does not let pass either.
  bool is_hot(const Match& match) {
    return match.reads != 0 && is_cut_short(packet_, match, {.end = looks_behind_the_end()}) &&
           step_.holds(Clause::iptables_drops_a_header_cut_short);
  }

  bool matches(const Match& match) {
    const auto field = read(match.field);
    if (!field) {
      return step_.holds(Clause::match_on_absent_field_fails) ? false : match.negated;
    }
    Value value = *field;
    if (match.mask) value = masked(value, *match.mask);
    const bool hit = match.any_bit
                         ? !match.ranges.empty() && shares_a_bit(value, match.ranges.front().low)
                         : contains(match.ranges, value);
    return hit != match.negated;
  }

  std::optional<Value> read(Field field) {
    if (field == Field::generated) {
      return generated_ ? std::optional(value_of(*generated_)) : std::nullopt;
    }
    if (field == Field::fib_daddr_type) return type_of(destination_of(packet_.bytes));
    if (field == Field::fib_saddr_type) return type_of(source_of(packet_.bytes));
    if (field == Field::meta_pkttype && packet_.in == loopback_port) {
      step_.unspecified(Missing::type_of_looped_packet);
    }
    if (field == Field::ct_helper || field == Field::xt_helper) {
      return read_helper(whose_helper(), field);
    }
    const bool as_an_entry = packet_.conn_template && !step_.profile().template_is_no_entry;
    if (as_an_entry && field > Field::ct_state) {
      return read_template(*packet_.conn_template, field);
    }
    return read_field(packet_, field, looks_behind(field));
  }

  /// nft_ct_get_eval, helper_mt.
  const Conn* whose_helper() {
    if (!packet_.tracked()) return nullptr;
    const bool of_master = step_.holds(Clause::match_asks_for_the_masters_helper);
    return of_master ? packet_.conn->master : packet_.conn;
  }

  /// nft_set_pktinfo_ipv6, as against ip6_packet_match.
  LooksBehind looks_behind(Field field) {
    const bool asked = !table_.legacy_iptables && is_behind_authentication(packet_, field);
    return {
        .authentication = !asked || !step_.holds(Clause::nft_does_not_look_behind_authentication),
        .end = looks_behind_the_end()};
  }
  bool looks_behind_the_end() {
    return !step_.profile().transport_header_lies_within || !leads_beyond(packet_) ||
           !step_.holds(Clause::no_transport_header_beyond_the_packet);
  }

  /// nft_fib4_eval_type: inet_dev_addr_type.
  std::optional<Value> type_of(const wire::Address& address) {
    if (ipv6_is_unspecified(Missing::type_of_ipv6_address)) return std::nullopt;
    if (!step_.holds(Clause::address_type_is_that_of_its_route)) {
      return value_of(address_type::unicast);
    }
    return value_of(address_type_of(step_.state().fib, address.ipv4_value()));
  }

  /// True when the packet is IPv6, for which the model lacks what a rule asks for.
  bool ipv6_is_unspecified(Missing what) {
    if (packet_.is_ipv6()) step_.unspecified(what);
    return packet_.is_ipv6();
  }

  Flow execute_statement(const Statement& statement, int depth) {
    return std::visit([&](const auto& s) { return act(s, depth); }, statement);
  }

  Flow act(const Match&, int) { return Flow::next; }

  Flow act(const VerdictStatement& verdict, int depth) {
    switch (verdict.kind) {
      case Kind::accept:
        return Flow::accept;
      case Kind::drop:
        return Flow::drop;
      case Kind::queue:
        packet_.queue = verdict.queue;
        return Flow::queue;
      case Kind::continue_:
        return Flow::next;
      case Kind::return_:
        return step_.holds(Clause::return_goes_back_to_the_caller) ? Flow::returned : Flow::next;
      case Kind::jump:
        return enter(verdict.target, Flow::next, depth);
      case Kind::goto_:
        return enter(verdict.target,
                     step_.holds(Clause::goto_does_not_come_back) ? Flow::returned : Flow::next,
                     depth);
    }
    return Flow::next;
  }

  /// `afterwards` is what follows when the chain that was entered came to no decision.
  Flow enter(const std::string& target, Flow afterwards, int depth) {
    const auto chain = std::ranges::find(table_.chains, target, &Chain::name);
    if (chain == table_.chains.end()) {
      step_.unspecified(Missing::chain_that_is_not_there, target + " in table " + table_.name);
      return Flow::next;
    }
    const Flow flow = run(*chain, depth + 1);
    const bool decided = flow == Flow::accept || flow == Flow::drop || flow == Flow::queue;
    return decided ? flow : afterwards;
  }

  /// A NAT statement is the last word of its chain.
  Flow act(const NatStatement& nat, int) {
    if (!applies(step_, packet_, nat)) return Flow::next;
    const Verdict verdict = execute(step_, packet_, hook_, nat);
    if (verdict == Verdict::drop) {
      ends(step_, packet_, Fate::dropped_by_nat, "the NAT statement finds no address");
      return Flow::drop;
    }
    return step_.holds(Clause::nat_statement_ends_the_chain) ? Flow::accept : Flow::next;
  }

  Flow act(const NotrackStatement&, int) { return notrack(step_, packet_), Flow::next; }
  Flow act(const SetMarkStatement& mark, int) { return set_mark(step_, packet_, mark), Flow::next; }
  Flow act(const SetCtMarkStatement& mark, int) {
    return set_mark(step_, packet_, mark), Flow::next;
  }
  Flow act(const CopyMarkStatement& mark, int) { return follow(copy_mark(step_, packet_, mark)); }
  Flow act(const LabelStatement& label, int) {
    return set_labels(step_, packet_, label), Flow::next;
  }

  Flow act(const HelperStatement& helper, int) {
    attach_helper(step_, packet_, helper);
    return Flow::next;
  }
  Flow act(const TimeoutStatement& policy, int) {
    return set_timeouts(step_, packet_, policy), Flow::next;
  }
  Flow act(const ExpectationStatement& expected, int) {
    return follow(expect(step_, packet_, expected));
  }

  /// Behind conntrack a zone would become the entry of a packet that has none.
  Flow act(const ZoneStatement& zone, int) {
    const bool before = (hook_ == Hook::pre_routing || hook_ == Hook::local_out) &&
                        chain_priority_ < priority::conntrack;
    if (!before && !packet_.tracked()) step_.unspecified(Missing::zone_set_behind_conntrack);
    return set_zone(step_, packet_, zone), Flow::next;
  }

  Flow act(const RejectStatement& statement, int) {
    packet_.is_ipv6() ? reject_ipv6(step_, packet_, hook_, statement)
                      : reject(step_, packet_, hook_, statement);
    return Flow::drop;
  }

  Flow act(const MaxSegStatement& statement, int) {
    return follow(clamp_maxseg(step_, packet_, statement, looks_behind(Field::tcp_maxseg)));
  }
  Flow act(const WriteFieldStatement& statement, int) {
    return follow(write_field(step_, packet_, statement, looks_behind(Field::meta_l4proto)));
  }
  Flow act(const TtlStatement& statement, int) {
    return change_ttl(step_, packet_, statement), Flow::next;
  }
  Flow act(const TosStatement& statement, int) {
    return change_tos(step_, packet_, statement), Flow::next;
  }

  Flow act(const LimitStatement& limit, int) { return follow(passes(step_, packet_, limit)); }
  Flow act(const QuotaStatement& quota, int) { return follow(passes(step_, packet_, quota)); }
  Flow act(const GenerateStatement& statement, int) {
    generated_ = generate(step_, statement);
    return Flow::next;
  }

  Flow act(const TapStatement&, int) {
    tapped_ = true;
    return Flow::next;
  }

  Step& step_;
  Packet& packet_;
  Hook hook_;
  const Table& table_;
  std::int32_t chain_priority_;
  std::optional<std::uint64_t> generated_{};  // by the last GenerateStatement
  const Rule* decided_by_ = nullptr;
  bool tapped_ = false;
};

std::string_view family_word(RuleFamily family) {
  switch (family) {
    case RuleFamily::ip:
      return "ip";
    case RuleFamily::ip6:
      return "ip6";
    case RuleFamily::inet:
      return "inet";
  }
  return {};
}

std::string chain_text(const Table& table, const Chain& chain) {
  if (table.legacy_iptables) {
    const bool ipv6 = table.family == RuleFamily::ip6;
    return (ipv6 ? "ip6table_" : "iptable_") + table.name + ' ' + chain.name;
  }
  return "chain " + std::string(family_word(table.family)) + ' ' + table.name + ' ' + chain.name;
}

std::string decision_text(const Rule* rule, Verdict verdict) {
  const std::string word(to_string(verdict));
  return rule == nullptr ? "policy " + word : word + ": " + rule->text;
}

Flow policy_of(Step& step, const Chain& chain) {
  if (chain.policy != Kind::drop) return Flow::accept;
  return step.holds(Clause::policy_decides_at_the_end) ? Flow::drop : Flow::accept;
}

Verdict verdict_of(Flow flow) {
  if (flow == Flow::queue) return Verdict::queue;
  return flow == Flow::drop ? Verdict::drop : Verdict::accept;
}

}  // namespace

Verdict do_chain(Step& step, Packet& packet, Hook hook, const Table& table, const Chain& chain) {
  Evaluation evaluation(step, packet, hook, table, chain);
  Flow flow = evaluation.run(chain, 0);
  if (evaluation.tapped()) {
    step.tap(hook, chain.priority, packet);
    return Verdict::accept;
  }
  const Rule* rule = evaluation.decided_by();
  if (flow == Flow::next || flow == Flow::returned) {
    rule = nullptr;
    flow = policy_of(step, chain);
  }
  const Verdict verdict = verdict_of(flow);
  if (step.state().detail == WalkDetail::full) {
    step.walk(Actor::rules, hook, chain.priority, chain_text(table, chain), packet, verdict,
              [&] { return decision_text(rule, verdict); });
  }
  if (verdict == Verdict::drop)
    ends(step, packet, Fate::dropped_by_rule, "a rule drops the packet");
  return verdict;
}

}  // namespace natstep::model
