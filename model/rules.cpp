// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_tables_core.c (nft_do_chain), net/ipv4/netfilter/ip_tables.c
// (ipt_do_table).
#include "model/rules.h"

#include "model/clause_names.h"
#include "model/helper.h"
#include "model/missing.h"
#include "model/nat.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/rule_fields.h"

#include <algorithm>
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
  returned,  // back to the chain that jumped here
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
  Evaluation(Step& step, Packet& packet, Hook hook, const Table& table)
      : step_(step), packet_(packet), hook_(hook), table_(table) {}

  Flow run(const Chain& chain, int depth) {
    if (depth > max_depth) {
      step_.unspecified(Missing::circle_of_jumps, table_.name);
      return Flow::next;
    }
    for (const Rule& rule : chain.rules) {
      const Flow flow = run(rule, depth);
      if (flow != Flow::next) return flow;
    }
    return Flow::next;
  }

  /// The rule that decided, if one did.
  [[nodiscard]] const Rule* decided_by() const { return decided_by_; }
  [[nodiscard]] bool tapped() const { return tapped_; }

 private:
  Flow run(const Rule& rule, int depth) {
    for (const Statement& statement : rule.statements) {
      if (const auto* match = std::get_if<Match>(&statement)) {
        if (!matches(*match)) return Flow::next;
        continue;
      }
      const Flow flow = execute_statement(statement, depth);
      if (flow == Flow::next && !continues_rule(statement)) return Flow::next;
      if (flow == Flow::next) continue;
      if (decided_by_ == nullptr) decided_by_ = &rule;
      return flow;
    }
    return Flow::next;
  }

  /// After a jump that came back, and after `continue`, the next rule is evaluated.
  static bool continues_rule(const Statement& statement) {
    return !std::holds_alternative<VerdictStatement>(statement);
  }

  bool matches(const Match& match) {
    const auto field = read_field(packet_, match.field);
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
    return flow == Flow::accept || flow == Flow::drop ? flow : afterwards;
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

  /// Only before conntrack has seen the packet.
  Flow act(const NotrackStatement&, int) {
    if (packet_.tracked() || packet_.untracked) return Flow::next;
    if (!step_.holds(Clause::notrack_detaches_the_packet)) return Flow::next;
    packet_.untracked = true;
    packet_.ctinfo = CtInfo::untracked;
    return Flow::next;
  }

  Flow act(const SetMarkStatement& mark, int) {
    set_bits(packet_.mark, mark.value, mark.mask, Clause::mark_is_set_under_its_mask);
    return Flow::next;
  }

  Flow act(const SetCtMarkStatement& mark, int) {
    if (!packet_.tracked()) return Flow::next;
    set_bits(packet_.conn->mark, mark.value, mark.mask, Clause::ct_mark_is_set_under_its_mask);
    return Flow::next;
  }

  Flow act(const HelperStatement& helper, int) {
    attach_helper(step_, packet_, helper);
    return Flow::next;
  }

  void set_bits(std::uint32_t& bits, std::uint32_t value, std::uint32_t mask, Clause clause) {
    const std::uint32_t kept = step_.holds(clause) ? ~mask : 0;
    bits = (bits & kept) ^ value;
  }

  Flow act(const TapStatement&, int) {
    tapped_ = true;
    return Flow::next;
  }

  Step& step_;
  Packet& packet_;
  Hook hook_;
  const Table& table_;
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
  const std::string word = verdict == Verdict::drop ? "drop" : "accept";
  return rule == nullptr ? "policy " + word : word + ": " + rule->text;
}

Flow policy_of(Step& step, const Chain& chain) {
  if (chain.policy != Kind::drop) return Flow::accept;
  return step.holds(Clause::policy_decides_at_the_end) ? Flow::drop : Flow::accept;
}

}  // namespace

Verdict do_chain(Step& step, Packet& packet, Hook hook, const Table& table, const Chain& chain) {
  Evaluation evaluation(step, packet, hook, table);
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
  const Verdict verdict = flow == Flow::drop ? Verdict::drop : Verdict::accept;
  if (step.state().detail == WalkDetail::full) {
    step.walk(Actor::rules, hook, chain.priority, chain_text(table, chain), packet, verdict,
              [&] { return decision_text(rule, verdict); });
  }
  if (verdict == Verdict::drop)
    ends(step, packet, Fate::dropped_by_rule, "a rule drops the packet");
  return verdict;
}

}  // namespace natstep::model
