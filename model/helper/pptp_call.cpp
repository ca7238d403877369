// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/pptp_call.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/conntrack/expectation.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/protocol.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr ExpectPolicy policy{.max_expected = 2, .timeout = 300};

bool is_mapped(const Conn& conn) {
  return (conn.status & status::nat_mask) != 0;
}

/// The tunnel in one direction of its master, under ids of the sender and of the receiver.
Tuple tunnel(const Conn& master, Direction direction, std::uint16_t sender,
             std::uint16_t receiver) {
  Tuple tuple = master.of(direction);
  tuple.protocol = protocol::gre;
  tuple.src_id = sender;
  tuple.dst_id = receiver;
  return tuple;
}

struct Pair {
  Expectation original;
  Expectation reply;
};

/// pptp_exp_gre: each side knows the other by the id that it was shown.
void translate(Conn& master, Pair& pair) {
  PptpTrack& ids = master.help->pptp;
  ids.private_pac_call_id = ids.pac_call_id;
  pair.original.saved_id = ids.pns_call_id;
  pair.original.tuple.src_id = ids.private_pns_call_id;
  pair.original.tuple.dst_id = ids.pac_call_id;
  pair.original.direction = Direction::original;
  pair.reply.saved_id = ids.private_pns_call_id;
  pair.reply.tuple.src_id = ids.private_pac_call_id;
  pair.reply.tuple.dst_id = ids.pns_call_id;
  pair.reply.direction = Direction::reply;
}

Pair make_pair(Step& step, Conn& master, CallIds ids) {
  Expectation expectation{.tuple = {}, .mask = {.address = true, .id = true}, .master = &master};
  expectation.function = ExpectFunction::pptp;
  Pair pair{.original = expectation, .reply = expectation};
  pair.original.tuple = tunnel(master, Direction::original, ids.pns, ids.pac);
  pair.reply.tuple = tunnel(master, Direction::reply, ids.pac, ids.pns);
  if (is_mapped(master) && step.holds(Clause::pptp_call_is_expected_under_translated_ids)) {
    translate(master, pair);
  }
  return pair;
}

bool expect(Step& step, const Expectation& expectation) {
  return expect_related(step, expectation, policy) == Related::accepted;
}

bool remember_keys(Step& step, const Conn& master, const Pair& pair) {
  GreKeymap& keys = step.conntrack().gre_keys();
  if (!step.holds(Clause::pptp_second_call_is_not_expected)) {
    keys.add_another(master, Direction::original, pair.original.tuple);
    keys.add_another(master, Direction::reply, pair.reply.tuple);
    return true;
  }
  if (!keys.add(master, Direction::original, pair.original.tuple)) return false;
  if (keys.add(master, Direction::reply, pair.reply.tuple)) return true;
  keys.remove_of(master);
  return false;
}

/// The tunnel seen from the other side. With NAT it is put together from what the master's own
/// tuples and ids say, without it is the inverse.
Tuple other_side(Step& step, const Conn& master, const Expectation& expectation) {
  if (!is_mapped(master)) return *invert(expectation.tuple);
  const PptpTrack& ids = master.help->pptp;
  if (expectation.direction == Direction::original) {
    return tunnel(master, Direction::reply, ids.pac_call_id, ids.pns_call_id);
  }
  // The ids of the new entry, which has none, are taken for those of its master.
  const bool mistaken = step.holds(Clause::pptp_call_begun_by_the_pac_leaves_the_other_expectation);
  return tunnel(master, Direction::original, mistaken ? std::uint16_t{0} : ids.private_pns_call_id,
                mistaken ? std::uint16_t{0} : ids.private_pac_call_id);
}

/// pptp_nat_expected.
void map_call(Step& step, Conn& conn, const Expectation& expectation) {
  const Tuple& back = expectation.master->of(!expectation.direction);
  const bool outward = expectation.direction == Direction::original;
  NatRange source;
  source.min_address = source.max_address = back.dst;
  if (outward) source.min_port = source.max_port = expectation.saved_id;
  if (step.holds(Clause::pptp_call_leaves_under_the_masters_address)) {
    setup_info(step, conn, source, ManipType::src);
  }
  NatRange destination;
  destination.min_address = destination.max_address = back.src;
  if (!outward && step.holds(Clause::pptp_call_goes_to_the_id_behind_the_translation)) {
    destination.min_port = destination.max_port = expectation.saved_id;
  }
  setup_info(step, conn, destination, ManipType::dst);
}

}  // namespace

void expect_call(Step& step, Conn& master, CallIds ids) {
  const Pair pair = make_pair(step, master, ids);
  if (!expect(step, pair.original)) return;
  if (step.holds(Clause::pptp_call_is_expected_from_either_side) && !expect(step, pair.reply)) {
    return unexpect(step, pair.original);
  }
  if (remember_keys(step, master, pair)) return;
  unexpect(step, pair.reply);
  unexpect(step, pair.original);
}

void begin_call(Step& step, Conn& conn, const Expectation& expectation) {
  const Conn& master = *expectation.master;
  const auto other = find_expectation(step, other_side(step, master, expectation), conn.zone);
  if (other && step.holds(Clause::pptp_begun_call_is_expected_no_more)) {
    step.conntrack().expectations().remove_at(*other);
  }
  if (is_mapped(master)) map_call(step, conn, expectation);
}

}  // namespace natstep::model
