// SPDX-License-Identifier: GPL-2.0-or-later
// TFTP: the answer to a request comes from a port that the server has just taken. RFC 1350
// section 4. Source: net/netfilter/nf_conntrack_tftp.c, nf_nat_tftp.c.
#include "model/clause_names.h"
#include "model/helper/helper_packet.h"
#include "model/wire/bytes.h"

namespace natstep::model {
namespace {

constexpr ExpectPolicy policy{.max_expected = 1, .timeout = 300};
constexpr std::size_t opcode_size = 2;
constexpr std::uint16_t read_request = 1;
constexpr std::uint16_t write_request = 2;

bool is_request(Step& step, std::string_view payload) {
  if (payload.size() < opcode_size) return false;
  const std::uint16_t opcode =
      wire::load_be16(reinterpret_cast<const std::uint8_t*>(payload.data()));
  if (opcode == read_request)
    return step.holds(Clause::tftp_read_request_is_expected_to_be_answered);
  return opcode == write_request &&
         step.holds(Clause::tftp_write_request_is_expected_to_be_answered);
}

}  // namespace

Verdict help_tftp(const HelpedPacket& packet) {
  Step& step = packet.step;
  if (!is_request(step, packet.udp_payload())) return Verdict::accept;
  const Tuple& reply = packet.conn.of(Direction::reply);
  Expectation expectation{.tuple = reply, .master = &packet.conn};
  if (step.holds(Clause::tftp_answer_comes_from_any_port)) {
    expectation.tuple.src_id = 0;
  } else {
    expectation.mask.id = true;
  }
  if (packet.mapped()) {
    expectation.saved_id = packet.conn.of(Direction::original).src_id;
    expectation.direction = Direction::reply;
    if (step.holds(Clause::tftp_answer_is_translated_back)) {
      expectation.function = ExpectFunction::follow_master;
    }
  }
  const bool accepted = expect_related(step, expectation, policy) == Related::accepted;
  if (accepted || !step.holds(Clause::tftp_request_that_cannot_be_expected_is_dropped)) {
    return Verdict::accept;
  }
  return Verdict::drop;
}

}  // namespace natstep::model
