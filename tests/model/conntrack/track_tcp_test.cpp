// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/track_tcp.h"

#include "tests/model/support.h"

#include <set>

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using test::Box;
using test::From;
using test::Seen;
using test::TcpText;

namespace bits = wire::tcp;

constexpr std::uint8_t syn = bits::syn, ack = bits::ack_flag, fin_ack = bits::fin | bits::ack_flag,
                       syn_ack = bits::syn | bits::ack_flag, rst = bits::rst,
                       rst_ack = bits::rst | bits::ack_flag;

constexpr std::uint32_t c0 = 1000;  // the client's first sequence number
constexpr std::uint32_t s0 = 9000;  // the server's

const wire::Bytes scale_7{1, 3, 3, 7};
const wire::Bytes sack_permitted{4, 2, 1, 1};

/// A connection, brought as far as a test needs it. Sequence numbers are offsets from the first
/// byte after the SYN.
struct Connection : Box {
  using Box::Box;

  Seen from_client(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack_offset,
                   TcpText rest = {}) {
    rest.flags = flags;
    rest.seq = c0 + 1 + seq;
    rest.ack = (flags & ack) != 0 ? s0 + 1 + ack_offset : 0;
    return send(test::tcp(From::client, rest), now);
  }
  Seen from_server(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack_offset,
                   TcpText rest = {}) {
    rest.flags = flags;
    rest.seq = s0 + 1 + seq;
    rest.ack = (flags & ack) != 0 ? c0 + 1 + ack_offset : 0;
    return send(test::tcp(From::server, rest), now);
  }
  Connection& opened(wire::Bytes client_options = {}, wire::Bytes server_options = {}) {
    from_client(syn, -1U, 0, {.options = std::move(client_options)});
    from_server(syn_ack, -1U, 0, {.options = std::move(server_options)});
    return *this;
  }
  Connection& established(wire::Bytes client_options = {}, wire::Bytes server_options = {}) {
    opened(std::move(client_options), std::move(server_options));
    from_client(ack, 0, 0);
    return *this;
  }
  /// Both sides have closed; the last ACK is the client's.
  Connection& finished() {
    established();
    from_client(fin_ack, 0, 0);
    from_server(ack, 0, 1);
    from_server(fin_ack, 0, 1);
    from_client(ack, 1, 1);
    return *this;
  }
  TcpState tcp_state() { return entry().tcp.state; }
  std::uint8_t flags_of(Direction direction) { return entry().tcp.seen[index(direction)].flags; }

  std::uint64_t now = 0;
};

// --- opening

TEST(TrackTcp, HandshakeLeadsToAssuredEstablished) {
  Connection c;
  EXPECT_EQ(c.from_client(syn, -1U, 0).ctinfo, CtInfo::is_new);
  EXPECT_EQ(c.tcp_state(), TcpState::syn_sent);
  EXPECT_EQ(c.entry().timeout, 120U);
  EXPECT_EQ(c.from_server(syn_ack, -1U, 0).ctinfo, CtInfo::established_reply);
  EXPECT_EQ(c.tcp_state(), TcpState::syn_recv);
  EXPECT_EQ(c.entry().timeout, 60U);
  c.from_client(ack, 0, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::established);
  EXPECT_EQ(c.entry().timeout, 432000U);
  EXPECT_TRUE(c.entry().has(status::assured | status::seen_reply));
}

TEST(TrackTcp, RepeatedSynNeitherRefreshesNorCounts) {
  Connection c;
  c.from_client(syn, -1U, 0);
  c.now = 3;
  const Seen seen = c.from_client(syn, -1U, 0);
  EXPECT_EQ(seen.ctinfo, CtInfo::is_new);
  EXPECT_EQ(c.entry().refreshed_at, 0U);
  EXPECT_EQ(c.entry().counters[0].packets, 1U);
}

TEST(TrackTcp, AckPicksUpAConnectionInItsMiddle) {
  Connection c;
  c.from_client(ack, 500, 700, {.payload = 20});
  EXPECT_EQ(c.tcp_state(), TcpState::established);
  EXPECT_EQ(c.entry().timeout, 300U);
  EXPECT_EQ(c.flags_of(Direction::original), 0x0a);
  EXPECT_EQ(c.flags_of(Direction::reply), 0x0a);
  c.from_server(ack, 700, 520);
  EXPECT_FALSE(c.entry().has(status::assured)) << "the first reply does not assure";
  EXPECT_EQ(c.entry().timeout, 300U) << "nor does it count as seen while it is handled";
  c.from_client(ack, 520, 700);
  EXPECT_EQ(c.entry().timeout, 432000U);
  EXPECT_TRUE(c.entry().has(status::assured));
}

TEST(TrackTcp, LooseSettingOffRefusesPickup) {
  Connection c;
  c.state.topology.settings.tcp_loose = false;
  EXPECT_TRUE(c.from_client(ack, 0, 0).invalid());
}

TEST(TrackTcp, OnlySynAndAckBeginAFlow) {
  for (const std::uint8_t flags : {syn_ack, fin_ack, rst, rst_ack}) {
    Connection c;
    EXPECT_TRUE(c.from_client(flags, 0, 0).invalid()) << int{flags};
    EXPECT_EQ(c.state.conntrack.size(), 0U);
  }
}

TEST(TrackTcp, ValidFlagCombinations) {
  const std::set<int> valid{0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30};
  for (int flags = 0; flags < 256; ++flags) {
    Connection c;
    const Seen seen = c.from_client(static_cast<std::uint8_t>(flags), 0, 0);
    const bool refused_for_flags = seen.words == "invalid: tcp flags";
    EXPECT_EQ(refused_for_flags, !valid.contains(flags & 0x37)) << flags << ' ' << seen.words;
  }
}

TEST(TrackTcp, HeaderMustBeComplete) {
  wire::Bytes bytes = test::tcp(From::client, {.flags = syn});
  Box box;
  for (const int offset : {0x40, 0x60, 0xf0}) {
    wire::Bytes changed = bytes;
    changed[20 + bits::offset_reserved] = static_cast<std::uint8_t>(offset);
    EXPECT_EQ(box.send(changed, 0, Hook::local_out).words, "invalid: truncated tcp header");
  }
}

TEST(TrackTcp, CrossingSynsOpenSimultaneously) {
  Connection c;
  c.from_client(syn, -1U, 0);
  c.from_server(syn, -1U, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::syn_sent2);
  c.from_client(syn_ack, -1U, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::syn_recv);
  c.from_server(ack, 0, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::established);
}

// --- options

TEST(TrackTcp, WindowScaleNeedsBothSides) {
  Connection one, both;
  one.opened(scale_7, {});
  EXPECT_EQ(one.entry().tcp.seen[0].scale, 0);
  both.opened(scale_7, {3, 3, 20, 0});
  EXPECT_EQ(both.entry().tcp.seen[0].scale, 7);
  EXPECT_EQ(both.entry().tcp.seen[1].scale, 14) << "clamped";
}

TEST(TrackTcp, OptionsEndAtMalformedLengths) {
  Connection c;
  c.from_client(syn, -1U, 0, {.options = {8, 0, 4, 2}});
  EXPECT_EQ(c.flags_of(Direction::original) & 0x02, 0);
  Connection d;
  d.from_client(syn, -1U, 0, {.options = {0, 4, 2, 0}});
  EXPECT_EQ(d.flags_of(Direction::original) & 0x02, 0) << "behind the end of the list";
  Connection e;
  e.from_client(syn, -1U, 0, {.options = sack_permitted});
  EXPECT_EQ(e.flags_of(Direction::original), 0x02);
}

// --- closing

TEST(TrackTcp, FinsLeadToTimeWait) {
  Connection c;
  c.established();
  c.from_client(fin_ack, 0, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::fin_wait);
  EXPECT_EQ(c.flags_of(Direction::original) & 0x04, 0x04);
  c.from_server(ack, 0, 1);
  EXPECT_EQ(c.tcp_state(), TcpState::close_wait);
  EXPECT_EQ(c.entry().timeout, 60U);
  c.from_server(fin_ack, 0, 1);
  EXPECT_EQ(c.tcp_state(), TcpState::last_ack);
  EXPECT_EQ(c.entry().timeout, 30U);
  c.from_client(ack, 1, 1);
  EXPECT_EQ(c.tcp_state(), TcpState::time_wait);
  EXPECT_EQ(c.entry().timeout, 120U);
}

TEST(TrackTcp, SynReopensAFinishedConnection) {
  Connection c;
  c.finished();
  const Seen seen = c.from_client(syn, 50000, 0);
  EXPECT_EQ(seen.words, "new connection, unconfirmed");
  EXPECT_EQ(c.entry().status, status::confirmed);
  EXPECT_EQ(c.tcp_state(), TcpState::syn_sent);
}

TEST(TrackTcp, SynAfterOwnRstReopensAndAfterThePeersDoesNot) {
  Connection own;
  own.established();
  own.from_client(rst, 0, 0);
  ASSERT_EQ(own.tcp_state(), TcpState::close);
  EXPECT_EQ(own.from_client(syn, 50000, 0).words, "new connection, unconfirmed");
  Connection peer;
  peer.established();
  peer.from_server(rst, 0, 0);
  ASSERT_EQ(peer.tcp_state(), TcpState::close);
  EXPECT_EQ(peer.from_client(syn, 50000, 0).words,
            "established, original direction: ignored by the tcp tracker");
  EXPECT_EQ(peer.tcp_state(), TcpState::close);
}

// --- RSTs

TEST(TrackTcp, RstAsOnlyAnswerRemovesTheEntry) {
  Connection c;
  c.from_client(syn, -1U, 0);
  const Seen seen = c.send(test::tcp(From::server, {.flags = rst_ack, .seq = 0, .ack = c0 + 1}));
  EXPECT_TRUE(seen.tracked);
  EXPECT_EQ(seen.conn->counters[1].packets, 1U);
  EXPECT_EQ(c.state.conntrack.size(), 0U);
}

TEST(TrackTcp, RstOfAnEstablishedConnection) {
  Connection c;
  c.established();
  EXPECT_TRUE(c.from_server(rst, -10U, 0).invalid()) << "below what was acknowledged";
  EXPECT_EQ(c.tcp_state(), TcpState::established);
  c.from_server(rst, 100, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::established) << "in window, but not exact";
  c.from_server(rst, 0, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::close);
  EXPECT_EQ(c.entry().timeout, 10U);
}

TEST(TrackTcp, InexactRstShortensTheTimeoutByProfile) {
  for (const auto& [profile, timeout] :
       {std::pair{"linux-6.18", 10U}, {"linux-7.2", 10U}, {"linux-7.3", 300U}}) {
    Connection c(profile);
    c.established();
    c.from_server(rst, 100, 0);
    EXPECT_EQ(c.entry().timeout, timeout) << profile;
  }
}

TEST(TrackTcp, RstBehindOwnDataCloses) {
  Connection c;
  c.established();
  c.from_server(ack, 0, 0, {.payload = 20});
  c.from_server(rst, 20, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::close);
}

TEST(TrackTcp, RstOfAClosingConnectionIsNotValidated) {
  Connection c;
  c.established();
  c.from_client(fin_ack, 0, 0);
  c.from_server(rst, 123456789, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::close);
}

TEST(TrackTcp, IgnoreInvalidRstSetting) {
  Connection c;
  c.state.topology.settings.tcp_ignore_invalid_rst = true;
  c.established();
  EXPECT_TRUE(c.from_server(rst, -10U, 0).tracked);
  EXPECT_EQ(c.tcp_state(), TcpState::established);
}

// --- out of step

TEST(TrackTcp, SynOfAnOpenConnectionIsIgnoredUntilAnswered) {
  Connection c;
  c.established();
  const auto counted = c.entry().counters[0];
  const Seen ignored = c.from_client(syn, 70000, 0, {.options = scale_7});
  EXPECT_TRUE(ignored.tracked);
  EXPECT_EQ(c.entry().counters[0], counted);
  EXPECT_EQ(c.tcp_state(), TcpState::established);
  c.from_server(syn_ack, 80000, 70001, {.options = scale_7});
  EXPECT_EQ(c.tcp_state(), TcpState::syn_recv);
  EXPECT_EQ(c.entry().tcp.seen[0].scale, 7);
  EXPECT_EQ(c.entry().tcp.seen[1].scale, 7);
}

TEST(TrackTcp, ChallengeAckInLastAckIsNotTheLastAck) {
  Connection c;
  c.established();
  c.from_server(fin_ack, 0, 0);
  c.from_client(fin_ack, 0, 1);
  ASSERT_EQ(c.tcp_state(), TcpState::last_ack);
  c.from_client(syn, 70000, 0);
  c.from_server(ack, 1, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::last_ack);
  c.from_server(ack, 1, 1);
  EXPECT_EQ(c.tcp_state(), TcpState::time_wait);
}

TEST(TrackTcp, RstToAChallengeAckIsBelieved) {
  Connection c;
  c.from_client(syn, -1U, 0);
  c.from_server(ack, 4000, 333333);  // of an older connection; the client answers with its number
  EXPECT_EQ(c.tcp_state(), TcpState::syn_sent);
  c.from_client(rst, 333333, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::close);
  EXPECT_EQ(c.entry().timeout, 10U);
}

TEST(TrackTcp, WrongSegmentsOfTheHandshakeAreInvalid) {
  Connection c;
  c.from_client(syn, -1U, 0);
  EXPECT_TRUE(c.from_client(ack, 0, 0).invalid());
  EXPECT_TRUE(c.from_client(syn_ack, 0, 0).invalid());
  EXPECT_TRUE(c.from_server(fin_ack, 0, 0).invalid());
  c.from_server(syn_ack, -1U, 0);
  EXPECT_TRUE(c.from_server(syn, -1U, 0).invalid());
  c.from_server(ack, 0, 0);
  EXPECT_EQ(c.tcp_state(), TcpState::syn_recv);
}

// --- windows

TEST(TrackTcp, SegmentFarBeyondTheWindowIsInvalid) {
  Connection c;
  c.established();
  EXPECT_TRUE(c.from_client(ack, 8193, 0, {.payload = 9000}).invalid());
  EXPECT_TRUE(c.from_client(ack, 8192, 0).tracked);
}

TEST(TrackTcp, SmallOvershootIsIgnoredByProfile) {
  Connection c;
  c.established();
  const auto counted = c.entry().counters[0];
  EXPECT_TRUE(c.from_client(ack, 8193, 0, {.payload = 10}).tracked);
  EXPECT_EQ(c.entry().counters[0], counted);
  EXPECT_EQ(c.flags_of(Direction::original) & 0x10, 0x10);
  Connection old("linux-5.10");
  old.established();
  EXPECT_TRUE(old.from_client(ack, 8193, 0, {.payload = 10}).invalid());
}

TEST(TrackTcp, AckOfUnsentDataIsInvalid) {
  Connection c;
  c.established();
  EXPECT_TRUE(c.from_client(ack, 0, 1).invalid());
  c.from_server(ack, 0, 0, {.payload = 1});
  EXPECT_TRUE(c.from_client(ack, 0, 1).tracked);
}

TEST(TrackTcp, OldDataAndOldAcksAreIgnored) {
  Connection c;
  c.established();
  for (std::uint32_t sent = 0; sent < 80000; sent += 8000) {
    c.from_client(ack, sent, 0, {.payload = 8000});
    c.from_server(ack, 0, sent + 8000);
  }
  const auto counted = c.entry().counters;
  EXPECT_EQ(c.from_client(ack, 60000, 0, {.payload = 10}).words,
            "established, original direction: old data, ignored");
  EXPECT_EQ(c.from_server(ack, 0, 100).words, "established, reply direction: old ACK, ignored");
  EXPECT_EQ(c.entry().counters, counted);
}

TEST(TrackTcp, LiberalSettingAcceptsEverything) {
  Connection c;
  c.state.topology.settings.tcp_be_liberal = true;
  c.established();
  EXPECT_TRUE(c.from_client(ack, 1000000, 500000).tracked);
}

TEST(TrackTcp, ScaledWindowAdmitsMore) {
  Connection c;
  c.established(scale_7, scale_7);
  c.from_server(ack, 0, 0, {.window = 1000});
  EXPECT_TRUE(c.from_client(ack, 128000, 0).tracked);
  EXPECT_TRUE(c.from_client(ack, 900000, 0, {.payload = 1}).invalid());
}

TEST(TrackTcp, SackBlocksAcknowledge) {
  Connection c;
  c.established(sack_permitted, sack_permitted);
  c.from_client(ack, 0, 0, {.payload = 100});
  wire::Bytes sack{1, 1, 5, 10};
  const auto add = [&sack](std::uint32_t edge) {
    sack.resize(sack.size() + 4);
    wire::store_be32(&sack[sack.size() - 4], edge);
  };
  add(c0 + 1 + 50);
  add(c0 + 1 + 101);
  EXPECT_TRUE(c.from_server(ack, 0, 0, {.options = sack}).invalid()) << "one byte was never sent";
  wire::store_be32(&sack[8], c0 + 1 + 100);
  EXPECT_TRUE(c.from_server(ack, 0, 0, {.options = sack}).tracked);
}

// --- timeouts

TEST(TrackTcp, UnacknowledgedDataShortensTheTimeout) {
  Connection c;
  c.established();
  c.from_client(ack, 0, 0, {.payload = 10});
  EXPECT_EQ(c.entry().timeout, 300U);
  c.from_server(ack, 0, 10);
  EXPECT_EQ(c.entry().timeout, 432000U);
}

TEST(TrackTcp, RepeatedAcksShortenTheTimeout) {
  Connection c;
  c.state.topology.settings.timeout.tcp_max_retrans = 111;
  c.established();
  for (int i = 0; i < 2; ++i)
    c.from_client(ack, 0, 0);
  EXPECT_EQ(c.entry().timeout, 432000U);
  c.from_client(ack, 0, 0);
  EXPECT_EQ(c.entry().timeout, 111U);
}

TEST(TrackTcp, ClosedWindowShortensTheTimeout) {
  Connection c;
  c.state.topology.settings.timeout.tcp_max_retrans = 111;
  c.established();
  c.from_client(ack, 0, 0, {.window = 0});
  EXPECT_EQ(c.entry().timeout, 111U);
}

TEST(TrackTcp, InvalidEndsOfBothSidesLowerTheTimeout) {
  Connection c;
  c.established();
  EXPECT_TRUE(c.from_client(fin_ack, 5000000, 0).invalid());
  EXPECT_EQ(c.entry().timeout, 432000U);
  EXPECT_TRUE(c.from_server(fin_ack, 5000000, 0).invalid());
  EXPECT_EQ(c.entry().timeout, 300U);
}

}  // namespace
}  // namespace natstep::model
