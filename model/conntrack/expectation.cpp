// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/expectation.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/helper/pptp_call.h"
#include "model/helper/sip.h"
#include "model/missing.h"
#include "model/nat/nat.h"
#include "model/packet.h"

#include <algorithm>
#include <memory>

namespace natstep::model {
namespace {

using Mask = Expectation::SourceMask;

bool same_destination(const Tuple& a, const Tuple& b) {
  return a.dst == b.dst && a.dst_id == b.dst_id && a.protocol == b.protocol;
}

bool same_under(const Tuple& a, const Tuple& b, const Mask& mask) {
  return same_destination(a, b) && (!mask.address || a.src == b.src) &&
         (!mask.id || a.src_id == b.src_id);
}

bool same_mask(const Mask& a, const Mask& b) {
  return a.address == b.address && a.id == b.id;
}

/// nf_ct_zone_equal_any: the numbers count, whatever direction they are for.
bool same_zone(Step& step, const Zone& a, const Zone& b, Clause clause) {
  return a.id == b.id || !step.holds(clause);
}
bool in_one_zone(Step& step, const Expectation& old, const Expectation& fresh) {
  return same_zone(step, old.master->zone, fresh.master->zone,
                   Clause::expectations_clash_within_their_zone);
}

/// expect_matches.
bool is_the_same(Step& step, const Expectation& old, const Expectation& fresh) {
  return old.tuple == fresh.tuple && same_mask(old.mask, fresh.mask) &&
         in_one_zone(step, old, fresh);
}

/// expect_clash: what both masks look at is equal, so that a packet could fulfil either.
bool clashes(Step& step, const Expectation& old, const Expectation& fresh) {
  const Mask both{.address = old.mask.address && fresh.mask.address,
                  .id = old.mask.id && fresh.mask.id};
  return same_under(old.tuple, fresh.tuple, both) && in_one_zone(step, old, fresh);
}

/// The newest expectation is met first, as it stands at the head of its chain.
std::optional<std::size_t> find_newest(const ExpectationTable& table, const auto& is_it) {
  for (std::size_t at = table.all().size(); at-- > 0;) {
    if (is_it(table.all()[at])) return at;
  }
  return std::nullopt;
}

/// What an expectation meets in the table.
enum class Claim : std::uint8_t {
  free,
  repeated,  // its own master expects the same in the same class
  already,   // the same is expected, for another master or in another class
  taken,     // something else is expected that a packet could not tell apart from it
};
struct Claimed {
  Claim claim{};
  std::size_t at = 0;
};

/// __nf_ct_expect_check.
Claimed claimed(Step& step, const Expectation& fresh, Masters masters) {
  const ExpectationTable& table = step.conntrack().expectations();
  const auto is_repeated = [&](const Expectation& old) {
    return (masters == Masters::any || old.master == fresh.master) && is_the_same(step, old, fresh);
  };
  const auto at = find_newest(table, [&](const Expectation& old) {
    return is_repeated(old) || clashes(step, old, fresh);
  });
  if (!at) return {.claim = Claim::free};
  const Expectation& old = table.all()[*at];
  if (!is_repeated(old)) return {.claim = Claim::taken, .at = *at};
  const bool own_class = old.expectation_class == fresh.expectation_class ||
                         !step.holds(Clause::expectation_of_another_class_stays);
  const bool own = old.master == fresh.master && own_class;
  return {.claim = own ? Claim::repeated : Claim::already, .at = *at};
}

/// evict_oldest_expect.
void make_room(Step& step, const Expectation& fresh, const ExpectPolicy& policy) {
  ExpectationTable& table = step.conntrack().expectations();
  const auto of_master = [&](const Expectation& old) {
    return old.master == fresh.master && old.expectation_class == fresh.expectation_class;
  };
  const auto count = std::ranges::count_if(table.all(), of_master);
  if (static_cast<std::uint32_t>(count) < policy.max_expected) return;
  if (!step.holds(Clause::oldest_expectation_makes_room)) return;
  const auto oldest = std::ranges::find_if(table.all(), of_master);
  table.remove_at(static_cast<std::size_t>(oldest - table.all().begin()));
}

/// What kernels did before 6.1: one port after the other.
template <typename Free>
std::uint16_t next_free_port(const Expectation& wanted, const Free& free) {
  std::uint32_t port = wanted.tuple.dst_id;
  while (port < 0xffff && !free(port))
    ++port;
  return static_cast<std::uint16_t>(port);
}

std::uint16_t draw_port(Step& step, const Expectation& wanted) {
  const auto free = [&](std::uint32_t port) {
    Expectation moved = wanted;
    moved.tuple.dst_id = static_cast<std::uint16_t>(port);
    return claimed(step, moved, Masters::own).claim != Claim::taken;
  };
  if (!step.profile().announced_port_is_drawn) return next_free_port(wanted, free);
  return static_cast<std::uint16_t>(step.choose({
      .kind = ChoiceKind::expected_port,
      .clause = Clause::taken_expectation_moves_to_another_port,
      .original = wanted.master->of(Direction::original),
      .wanted = wanted.tuple,
      .instead_of = wanted.saved_id,
      .packet = {},
      .lowest = wanted.tuple.dst_id,
      .highest = 0xfffe,
      .allowed = free,
  }));
}

void follow_master(Step& step, Conn& conn, const Expectation& expectation) {
  const Tuple& back = expectation.master->of(!expectation.direction);
  NatRange source;
  source.min_address = source.max_address = back.dst;
  if (step.holds(Clause::expected_connection_has_its_masters_source)) {
    setup_info(step, conn, source, ManipType::src);
  }
  NatRange destination;
  destination.min_address = destination.max_address = back.src;
  destination.min_port = destination.max_port = expectation.saved_id;
  if (step.holds(Clause::expected_connection_goes_where_it_was_announced)) {
    setup_info(step, conn, destination, ManipType::dst);
  }
}

void run_function(Step& step, Conn& conn, const Expectation& expectation) {
  switch (expectation.function) {
    case ExpectFunction::follow_master:
    case ExpectFunction::rule_follows_master:
      return follow_master(step, conn, expectation);
    case ExpectFunction::pptp:
      return begin_call(step, conn, expectation);
    case ExpectFunction::sip:
      return sip::begin_expected_by_sip(step, conn, expectation);
    case ExpectFunction::none:
      break;
  }
}

/// What was expected is shown to the helper that expected it. Its status does not say so.
void share_helper(Conn& conn) {
  const auto& help = conn.master->help;
  if (help == nullptr || !help->kind) return;
  conn.help = std::make_shared<Help>();
  conn.help->kind = help->kind;
}

}  // namespace

void ExpectationTable::remove_at(std::size_t at) {
  all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(at));
}

void ExpectationTable::remove_expired(std::uint64_t now) {
  std::erase_if(all_, [&](const Expectation& e) { return expired(e, now); });
}

void ExpectationTable::remove_of(const Conn& master) {
  std::erase_if(all_, [&](const Expectation& e) { return e.master == &master; });
}

bool matches(const Expectation& expectation, const Tuple& tuple) {
  return same_under(expectation.tuple, tuple, expectation.mask);
}

Related expect_related(Step& step, Expectation expectation, const ExpectPolicy& policy,
                       Masters masters) {
  ExpectationTable& table = step.conntrack().expectations();
  table.remove_expired(step.now());
  const Claimed met = claimed(step, expectation, masters);
  if (met.claim == Claim::already) return Related::already;
  if (met.claim == Claim::taken && step.holds(Clause::clashing_expectation_is_refused)) {
    return Related::busy;
  }
  if (met.claim == Claim::repeated && step.holds(Clause::repeated_expectation_replaces_the_old)) {
    table.remove_at(met.at);
  }
  make_room(step, expectation, policy);
  expectation.timeout =
      step.holds(Clause::expectation_has_its_helpers_timeout) ? policy.timeout : 30;
  expectation.created_at = step.now();
  table.add(expectation);
  return Related::accepted;
}

Related expect_pair(Step& step, const Expectation& first, const Expectation& second,
                    const ExpectPolicy& policy) {
  const Related one = expect_related(step, first, policy, Masters::any);
  if (one != Related::accepted) return one;
  const Related other = expect_related(step, second, policy, Masters::any);
  if (other != Related::accepted) unexpect(step, first);
  return other;
}

void unexpect(Step& step, const Expectation& expectation) {
  step.conntrack().expectations().remove_if([&](const Expectation& e) {
    return e.master == expectation.master && e.tuple == expectation.tuple;
  });
}

std::optional<std::uint16_t> expect_on_free_port(Step& step, const Expectation& expectation,
                                                 const ExpectPolicy& policy) {
  const bool zero = expectation.tuple.dst_id == 0;
  const bool is_tried = !zero || step.profile().announced_port_is_drawn;
  if (!is_tried && step.holds(Clause::port_zero_is_none)) return std::nullopt;
  const Related related = expect_related(step, expectation, policy);
  if (related == Related::accepted) {
    if (zero && step.holds(Clause::port_zero_is_none)) return std::nullopt;
    return expectation.tuple.dst_id;
  }
  const bool moves = step.holds(Clause::taken_expectation_moves_to_another_port);
  if (related == Related::already || !moves) return std::nullopt;
  Expectation moved = expectation;
  moved.tuple.dst_id = draw_port(step, expectation);
  if (expect_related(step, moved, policy) != Related::accepted) return std::nullopt;
  return moved.tuple.dst_id;
}

std::optional<std::size_t> find_expectation(Step& step, const Tuple& tuple, Zone zone) {
  ExpectationTable& table = step.conntrack().expectations();
  table.remove_expired(step.now());
  return find_newest(table, [&](const Expectation& e) {
    return matches(e, tuple) && e.master->zone.id == zone.id;
  });
}

std::optional<Expectation> take_expectation(Step& step, const Tuple& tuple, Zone zone) {
  ExpectationTable& table = step.conntrack().expectations();
  if (table.empty()) return std::nullopt;
  table.remove_expired(step.now());
  const auto at = find_newest(table, [&](const Expectation& e) {
    return !e.inactive && matches(e, tuple) &&
           same_zone(step, e.master->zone, zone, Clause::expectation_counts_in_its_masters_zone);
  });
  if (!at) return std::nullopt;
  Expectation found = table.all()[*at];
  const bool known = found.master->has(status::confirmed) && !found.master->has(status::dying);
  if (!known || !step.holds(Clause::expected_packet_belongs_to_its_master)) return std::nullopt;
  if (ConntrackTable::expired(*found.master, step.now())) {
    step.unspecified(Missing::expired_master_still_there);
  }
  if (!found.permanent && step.holds(Clause::expectation_is_used_once)) table.remove_at(*at);
  return found;
}

void begin_expected(Step& step, Conn& conn, const Expectation& expectation) {
  if (step.holds(Clause::expected_connection_shows_it)) conn.status |= status::expected;
  conn.master = expectation.master;
  ConntrackTable::acquire(*conn.master);
  if (step.holds(Clause::expected_connection_inherits_the_mark)) conn.mark = conn.master->mark;
  if (expectation.assigned_helper) {
    conn.help = std::make_shared<Help>(Help{.kind = *expectation.assigned_helper});
    if (step.profile().expectations_show_helper) conn.status |= status::helper;
  } else if (step.profile().expected_connection_is_helped) {
    share_helper(conn);
  }
  run_function(step, conn, expectation);
}

}  // namespace natstep::model
