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

}  // namespace

bool joins_its_mirror(Step& step, const Conn& conn, const Tuple& tuple) {
  const Profile& profile = step.profile();
  if (!profile.mirrored_clash_keeps_its_port || is_changed(conn)) return false;
  if (!allows_clash(profile, tuple.protocol)) return false;
  const Conn* holder = step.conntrack().find(tuple, conn.zone, step.now()).conn;
  if (holder == nullptr || is_changed(*holder)) return false;
  return holder->of(Direction::original) == conn.of(Direction::reply) &&
         step.holds(Clause::mirrored_clash_keeps_its_port);
}

}  // namespace natstep::model
