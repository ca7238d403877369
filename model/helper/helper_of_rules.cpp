// SPDX-License-Identifier: GPL-2.0-or-later
// `ct expectation set`: a rule expects a connection from the other side. Source:
// net/netfilter/nft_ct.c nft_ct_expect_obj_eval.
#include "model/clause_names.h"
#include "model/helper/helper_packet.h"

namespace natstep::model {
namespace {

std::uint32_t seconds(Step& step, const ExpectationStatement& statement) {
  const bool taken_for_seconds = !step.profile().rule_expectation_keeps_its_time &&
                                 step.holds(Clause::rule_expects_a_thousand_times_as_long);
  return taken_for_seconds ? statement.timeout : statement.timeout / 1000;
}

}  // namespace

Related expect_by_rule(Step& step, Conn& conn, Direction direction,
                       const ExpectationStatement& statement) {
  const Tuple& back = conn.of(!direction);
  Expectation expectation{.tuple = {.src = back.src,
                                    .dst = back.dst,
                                    .src_id = 0,
                                    .dst_id = statement.port,
                                    .protocol = statement.protocol},
                          .mask = {},
                          .master = &conn};
  const bool translated = conn.has(status::src_nat) || conn.has(status::dst_nat);
  if (translated && step.profile().rule_expectation_follows_master) {
    expectation.function = ExpectFunction::rule_follows_master;
    expectation.direction = !direction;
    expectation.saved_id = statement.port;
  }
  return expect_related(step, expectation,
                        {.max_expected = statement.size, .timeout = seconds(step, statement)});
}

Verdict help_by_rule(const HelpedPacket& packet) {
  auto& wanted = packet.conn.help->rule_expects;
  if (!wanted) return Verdict::accept;
  expect_by_rule(packet.step, packet.conn, packet.direction(), *wanted);
  wanted.reset();
  return Verdict::accept;
}

}  // namespace natstep::model
