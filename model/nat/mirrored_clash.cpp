// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_nat_core.c, nf_nat_used_tuple_new.
#include "model/nat/mirrored_clash.h"

#include "model/clause_names.h"
#include "model/packet.h"

namespace natstep::model {
namespace {

/// Whose addresses or numbers are changed cannot join, and cannot be joined.
bool is_changed(const Conn& conn) {
  return (conn.status & (status::nat_mask | status::seq_adjust)) != 0;
}

/// Who has the tuple, or else its inverse, in the zone. Nobody when the one that clashes cannot be
/// seen from there, which counts as if it had gone.
const Conn* holder_of_either(Step& step, const Conn& conn, const Tuple& tuple) {
  ConntrackTable& table = step.conntrack();
  const Conn* holder = table.find(tuple, conn.zone, step.now()).conn;
  const auto inverse = holder == nullptr ? invert(tuple) : std::nullopt;
  return inverse ? table.find(*inverse, conn.zone, step.now()).conn : holder;
}

}  // namespace

bool joins_its_mirror(Step& step, const Conn& conn, const Tuple& tuple) {
  const Profile& profile = step.profile();
  if (!profile.mirrored_clash_keeps_its_port || is_changed(conn)) return false;
  if (!allows_clash(profile, tuple.protocol)) return false;
  const bool either = profile.mirrored_clash_counts_from_either_side;
  const Conn* holder = either ? holder_of_either(step, conn, tuple)
                              : step.conntrack().find(tuple, conn.zone, step.now()).conn;
  if (holder == nullptr && !either) return false;
  if (holder != nullptr && is_changed(*holder)) return false;
  const bool mirrored =
      holder == nullptr || holder->of(Direction::original) == conn.of(Direction::reply);
  return mirrored && step.holds(Clause::mirrored_clash_keeps_its_port);
}

}  // namespace natstep::model
