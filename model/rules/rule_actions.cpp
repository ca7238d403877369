// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/rule_actions.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/helper/helper_packet.h"
#include "model/network_header.h"
#include "model/packet.h"
#include "model/protocol.h"

#include <algorithm>

namespace natstep::model {
namespace {

void set_bits(Step& step, std::uint32_t& bits, std::uint32_t value, std::uint32_t mask,
              Clause clause) {
  const std::uint32_t kept = step.holds(clause) ? ~mask : 0;
  bits = (bits & kept) ^ value;
}

/// Nothing for the mark of an entry that is not there.
std::uint32_t* mark_of(Packet& packet, MarkOf whose) {
  if (whose == MarkOf::packet) return &packet.mark;
  return packet.tracked() ? &packet.conn->mark : nullptr;
}

/// A template stands in the way of a further one.
bool is_free_for_a_zone(Step& step, const Packet& packet, const ZoneStatement& zone) {
  if (packet.conn_template) return !step.holds(Clause::first_zone_stays);
  if (!packet.untracked) return true;
  if (zone.untracked == ZoneStatement::Untracked::leave) {
    return !step.holds(Clause::ct_target_leaves_untracked_alone);
  }
  return step.holds(Clause::nft_zone_takes_back_notrack);
}

}  // namespace

void set_mark(Step& step, Packet& packet, const SetMarkStatement& mark) {
  set_bits(step, packet.mark, mark.value, mark.mask, Clause::mark_is_set_under_its_mask);
}

void set_mark(Step& step, Packet& packet, const SetCtMarkStatement& mark) {
  if (!packet.tracked()) return;
  set_bits(step, packet.conn->mark, mark.value, mark.mask, Clause::ct_mark_is_set_under_its_mask);
}

Carried copy_mark(Step& step, Packet& packet, const CopyMarkStatement& mark) {
  const std::uint32_t* from = mark_of(packet, mark.from);
  if (from == nullptr) {
    return step.holds(Clause::mark_of_no_entry_ends_the_rule) ? Carried::breaks_the_rule
                                                              : Carried::on;
  }
  std::uint32_t* to = mark_of(packet, mark.to);
  if (to == nullptr) return Carried::on;
  const Clause clause =
      mark.to == MarkOf::entry ? Clause::mark_is_saved_to_the_entry : Clause::mark_is_restored;
  if (!step.holds(clause)) return Carried::on;
  *to = (*to & ~mark.cleared) ^ (*from & mark.copied) ^ mark.flipped;
  return Carried::on;
}

void set_labels(Step& step, Packet& packet, const LabelStatement& label) {
  if (!packet.tracked()) return;
  Labels& own = packet.conn->labels;
  if (!step.holds(Clause::labels_are_added)) own = {};
  std::ranges::transform(own, label.labels, own.begin(), [](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(a | b);
  });
}

void set_zone(Step& step, Packet& packet, const ZoneStatement& zone) {
  if (packet.tracked()) {
    if (!step.holds(Clause::zone_set_behind_conntrack_comes_too_late)) {
      packet.conn->zone = zone.zone;
    }
    return;
  }
  if (!is_free_for_a_zone(step, packet, zone)) return;
  packet.untracked = false;
  packet.ctinfo = CtInfo::is_new;
  packet.conn_template =
      ConnTemplate{.zone = zone.zone, .zone_from_mark = zone.from_mark, .helper = zone.helper};
}

/// Only before conntrack has seen the packet, and before a rule has given it a zone.
void notrack(Step& step, Packet& packet) {
  if (packet.tracked() || packet.untracked) return;
  if (packet.conn_template && step.holds(Clause::notrack_behind_a_zone_comes_too_late)) return;
  if (!step.holds(Clause::notrack_detaches_the_packet)) return;
  packet.conn_template.reset();
  packet.untracked = true;
  packet.ctinfo = CtInfo::untracked;
}

void set_timeouts(Step& step, Packet& packet, const TimeoutStatement& policy) {
  if (!packet.tracked()) return;
  Conn& conn = *packet.conn;
  const bool known = conn.has(status::confirmed);
  if (known && step.holds(Clause::timeout_policy_comes_before_confirmation)) return;
  const auto where = locate_l4(packet.bytes);
  const bool of_protocol = where && where->protocol == policy.protocol;
  if (!of_protocol && step.holds(Clause::timeout_policy_is_for_its_protocol)) return;
  if (step.profile().first_timeout_policy_stays && conn.timeouts != nullptr) return;
  conn.timeouts = policy.timeouts;
  if (conn.has(status::fixed_timeout) || !step.holds(Clause::timeout_policy_begins_at_once)) return;
  const bool tcp = policy.protocol == protocol::tcp;
  conn.timeout = tcp ? policy.timeouts->tcp_syn_sent : policy.timeouts->udp;
  conn.refreshed_at = step.now();
}

bool is_left_to_a_helper(const Step& step) {
  return step.profile().rule_expects_on_the_way_out;
}

/// A helper has room for one expectation of a rule.
bool may_expect(Step& step, const Conn& conn, const ExpectationStatement& statement) {
  if (conn.has(status::confirmed) && step.holds(Clause::rule_expects_for_a_new_entry)) return false;
  const auto waiting =
      std::ranges::count(step.conntrack().expectations().all(), &conn, &Expectation::master);
  const bool enough =
      waiting >= statement.size || (is_left_to_a_helper(step) && conn.help != nullptr);
  return !enough || !step.holds(Clause::rule_expects_no_more_than_its_size);
}

Carried expect(Step& step, Packet& packet, const ExpectationStatement& statement) {
  if (!packet.tracked()) return Carried::breaks_the_rule;
  Conn& conn = *packet.conn;
  if (!may_expect(step, conn, statement)) return Carried::breaks_the_rule;
  if (!step.holds(Clause::rule_expects_the_other_side)) return Carried::on;
  if (conn.help == nullptr) conn.help = std::make_shared<Help>();
  if (step.profile().rule_expectation_names_helper) conn.help->kind = HelperKind::nft_ct_expect;
  if (step.profile().expectations_show_helper) conn.status |= status::helper;
  if (is_left_to_a_helper(step)) {
    conn.help->rule_expects = statement;
    return Carried::on;
  }
  const Related related = expect_by_rule(step, conn, direction_of(packet.ctinfo), statement);
  return related == Related::accepted ? Carried::on : Carried::drops;
}

}  // namespace natstep::model
