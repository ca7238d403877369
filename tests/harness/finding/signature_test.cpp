// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/signature.h"

#include "model/wire/text.h"

#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

std::string field(Aspect aspect, std::string subject) {
  return field_of({.aspect = aspect, .subject = std::move(subject)});
}

std::string protocol(std::string_view notation) {
  const auto packet = wire::parse_packet(notation);
  return protocol_of(packet.value().build({}).value());
}

TEST(Signature, PlacesAreNoPartOfTheField) {
  EXPECT_EQ(field(Aspect::frames, "udp.checksum on wan, frame 2"), "udp.checksum");
  EXPECT_EQ(field(Aspect::frames, "tcp.option.mss#2 on lan"), "tcp.option.mss");
  EXPECT_EQ(field(Aspect::walk, "ipv4.dst at pre_routing -99"), "ipv4.dst");
  EXPECT_EQ(field(Aspect::frames, "byte 27 on wan"), "byte");
}

TEST(Signature, AddressesAreNoPartOfTheField) {
  EXPECT_EQ(field(Aspect::conntrack, "timeout of entry udp 10.0.1.2:4000 > 198.51.100.9:53"),
            "timeout");
  EXPECT_EQ(field(Aspect::conntrack, "entry udp 10.0.1.2:4000 > 198.51.100.9:53"), "entry");
  EXPECT_EQ(field(Aspect::conntrack, "event for the entry udp 10.0.1.2:1 > 198.51.100.9:53"),
            "event_for_the_entry");
  EXPECT_EQ(field(Aspect::conntrack, "number of entries"), "number_of_entries");
  EXPECT_EQ(field(Aspect::expectations, "expectation tcp 10.0.1.2:* > 1.2.3.4:5"), "expectation");
  EXPECT_EQ(field(Aspect::pins, "pin in line 12"), "pin_in_line");
}

TEST(Signature, ALawIsItsOwnName) {
  EXPECT_EQ(field(Aspect::laws, "an ICMP error quotes what was sent"),
            "an_ICMP_error_quotes_what_was_sent");
}

TEST(Signature, AFrameThatOnlyOneSideSendsIsTwoThings) {
  Finding finding{.aspect = Aspect::frames, .subject = "frame on wan"};
  finding.model = "udp 1.2.3.4:5 > 6.7.8.9:10";
  finding.kernel = "nothing";
  EXPECT_EQ(field_of(finding), "frame_missing");
  std::swap(finding.model, finding.kernel);
  EXPECT_EQ(field_of(finding), "frame_unexpected");
}

TEST(Signature, ProtocolsAreThoseOfTheNotation) {
  EXPECT_EQ(protocol("udp 10.0.1.2:4000 > 198.51.100.9:53"), "udp");
  EXPECT_EQ(protocol("tcp [fd00:1::2]:4000 > [2001:db8::9]:53 SYN"), "tcp6");
  EXPECT_EQ(protocol("icmp 198.51.100.1 > 203.0.113.1 time-exceeded "
                     "[ udp 203.0.113.1:4000 > 198.51.100.9:53 ]"),
            "icmp(udp)");
  EXPECT_EQ(protocol_of({}), "hex");
}

const Signature example{.aspect = "frames",
                        .field = "udp.checksum",
                        .hook = "post_routing",
                        .conntrack = "new",
                        .protocol = "udp",
                        .clause = "udp_checksum_absent_stays_absent"};

TEST(Signature, TextIsReadAgain) {
  const auto text = to_string(example);
  EXPECT_EQ(text, "frames udp.checksum post_routing new udp udp_checksum_absent_stays_absent");
  EXPECT_EQ(parse_signature(text), example);
  EXPECT_EQ(parse_signature(text + " more"), std::nullopt);
  EXPECT_EQ(parse_signature("frames udp.checksum"), std::nullopt);
}

TEST(Signature, NamesStayTheSame) {
  EXPECT_EQ(folder_name(example), "frames-udp.checksum-" + short_hash(example));
  auto other = example;
  other.hook = "pre_routing";
  EXPECT_NE(short_hash(other), short_hash(example));
  // Findings of earlier campaigns keep their folders.
  EXPECT_EQ(short_hash(example), "3ea0cc8f");
}

TEST(Signature, ADeviationIsItsClauseAndWhatItShowsFirst) {
  Outcome outcome;
  EXPECT_EQ(signature_of(outcome), std::nullopt);
  outcome.verdict = Verdict::deviation;
  outcome.deviations.push_back(
      {.clause = *model::find_clause("invalid_packet_passes_nat"),
       .differences = {"ipv4.src of frame 0: 10.0.1.2, else 203.0.113.1"}});
  ASSERT_TRUE(signature_of(outcome));
  EXPECT_EQ(to_string(*signature_of(outcome)),
            "deviation ipv4.src - - - invalid_packet_passes_nat");
}

TEST(Signature, ADivergenceIsToldByItsFirstFinding) {
  Outcome outcome;
  outcome.verdict = Verdict::diverged;
  EXPECT_EQ(signature_of(outcome), std::nullopt);
  StepRecord step;
  step.stimulus = wire::parse_packet("udp 10.0.1.2:1 > 10.0.2.2:2").value().build({}).value();
  step.findings.push_back({.aspect = Aspect::frames, .subject = "udp.checksum on wan"});
  step.findings.push_back({.aspect = Aspect::walk, .subject = "ipv4.src at post_routing 101"});
  step.clause = model::find_clause("port_is_written");
  model::WalkStep tracked;
  tracked.actor = model::Actor::conntrack;
  tracked.what = "new connection, unconfirmed";
  step.prediction.walk.push_back(tracked);
  outcome.steps.push_back(step);
  ASSERT_TRUE(signature_of(outcome));
  EXPECT_EQ(to_string(*signature_of(outcome)), "frames udp.checksum - new udp port_is_written");
}

}  // namespace
}  // namespace natstep::harness::testing
