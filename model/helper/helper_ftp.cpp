// SPDX-License-Identifier: GPL-2.0-or-later
// FTP: a data connection is announced on the control connection, by either side. RFC 959
// section 3.2. Source: net/netfilter/nf_conntrack_ftp.c help, nf_nat_ftp.c.
#include "model/clause_names.h"
#include "model/helper/ftp_text.h"
#include "model/helper/helper_packet.h"
#include "model/helper/mangle.h"

#include <algorithm>

namespace natstep::model {
namespace {

using ftp::Announcement;

constexpr ExpectPolicy policy{.max_expected = 1, .timeout = 300};

bool before(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) < 0;
}

/// find_nl_seq.
bool line_begins(Step& step, const FtpLines& lines, std::uint32_t seq) {
  const auto* end = lines.begin.begin() + lines.known;
  if (std::find(lines.begin.begin(), end, seq) != end) return true;
  return !step.holds(Clause::ftp_commands_begin_a_line);
}

/// update_nl_seq: of more than two beginnings the oldest is forgotten.
void note_line(Step& step, FtpLines& lines, std::uint32_t seq) {
  const auto end = lines.begin.begin() + lines.known;
  if (std::find(lines.begin.begin(), end, seq) != end) return;
  const std::size_t remembered = step.holds(Clause::ftp_two_line_beginnings_are_remembered) ? 2 : 1;
  if (lines.known < remembered) {
    lines.begin[lines.known++] = seq;
    return;
  }
  std::uint32_t& oldest =
      lines.known == 2 && before(lines.begin[1], lines.begin[0]) ? lines.begin[1] : lines.begin[0];
  if (before(oldest, seq) || !step.holds(Clause::ftp_older_line_is_not_remembered)) oldest = seq;
}

/// A side may announce itself only: anything else would open the way to somebody who did not ask.
bool announces_itself(const HelpedPacket& packet, const Announcement& announcement) {
  const Tuple& from = packet.conn.of(packet.direction());
  if (!announcement.names_an_address() || announcement.address == from.src) return true;
  return !packet.step.holds(Clause::ftp_foreign_address_is_not_expected);
}

/// nf_nat_ftp.
Verdict announce(const HelpedPacket& packet, Expectation expectation,
                 const Announcement& announcement) {
  Step& step = packet.step;
  expectation.saved_id = announcement.port;
  expectation.direction = !packet.direction();
  expectation.function = ExpectFunction::follow_master;
  const auto port = expect_on_free_port(step, expectation, policy);
  if (!port) return Verdict::drop;
  if (!step.holds(Clause::ftp_announcement_shows_the_public_address)) return Verdict::accept;
  const std::string text =
      ftp::write_numbers(step, announcement.form, expectation.tuple.dst, *port);
  const bool done = mangle_tcp(step, packet.packet,
                               {.at = announcement.begin, .size = announcement.size, .text = text});
  if (done) return Verdict::accept;
  ExpectationTable& table = step.conntrack().expectations();
  table.remove_at(table.all().size() - 1);
  return Verdict::drop;
}

Verdict expect_data(const HelpedPacket& packet, const Announcement& announcement) {
  Step& step = packet.step;
  if (!announces_itself(packet, announcement)) return Verdict::accept;
  Expectation expectation{.tuple = packet.conn.of(!packet.direction()), .master = &packet.conn};
  expectation.tuple.dst_id = announcement.port;
  if (step.holds(Clause::ftp_data_come_from_any_port)) {
    expectation.tuple.src_id = 0;
  } else {
    expectation.mask.id = true;
  }
  if (packet.mapped()) return announce(packet, expectation, announcement);
  if (expect_related(step, expectation, policy) == Related::accepted) return Verdict::accept;
  return step.holds(Clause::ftp_announcement_that_cannot_be_expected_is_dropped) ? Verdict::drop
                                                                                 : Verdict::accept;
}

}  // namespace

Verdict help_ftp(const HelpedPacket& packet) {
  if (!packet.established()) return Verdict::accept;
  const std::string_view payload = packet.tcp_payload();
  if (payload.empty()) return Verdict::accept;
  Step& step = packet.step;
  FtpLines& lines = packet.conn.help->ftp[index(packet.direction())];
  const std::uint32_t seq = packet.tcp_seq();
  const auto behind = static_cast<std::uint32_t>(seq + payload.size());
  const bool ends_line = payload.back() == '\n';
  Verdict verdict = Verdict::accept;
  if (line_begins(step, lines, seq)) {
    Announcement announcement;
    const ftp::Read read =
        ftp::read_line(step, payload, packet.direction(), packet.packet.family(), announcement);
    if (read == ftp::Read::partial) return Verdict::drop;
    if (read == ftp::Read::announced) verdict = expect_data(packet, announcement);
  }
  if (ends_line) note_line(step, lines, behind);
  return verdict;
}

}  // namespace natstep::model
