// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/summary.h"

#include "harness/cli/exit_code.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Result result(std::string path, std::string area, Verdict verdict, std::string reason = {}) {
  Result r = without_outcome({.path = std::move(path), .area = std::move(area)}, verdict,
                             std::move(reason));
  r.packets = 2;
  r.seconds = 0.5;
  return r;
}

Summary mixed() {
  Summary summary{.kernel = "Linux 6.18.44 x86_64",
                  .profile = "linux-6.18",
                  .version = "1f3c9ab",
                  .results = {},
                  .not_parsed = {}};
  summary.results.push_back(result("corpus/dnat/a.nat", "dnat", Verdict::agreed));
  summary.results.push_back(
      result("corpus/dnat/b.nat", "dnat", Verdict::diverged, "step 1, frames: udp.checksum"));
  summary.results.back().report = "DIVERGED  corpus/dnat/b.nat:12\n  <&> \x01\n";
  summary.results.back().findings = {{.aspect = Aspect::frames,
                                      .subject = "udp.checksum",
                                      .sent = "",
                                      .model = "0x0000",
                                      .kernel = "0x7d1e\xff",
                                      .script = "",
                                      .pos = {12, 1}}};
  summary.results.push_back(
      result("corpus/snat/c.nat", "snat", Verdict::inconclusive, "meta skuid"));
  summary.results.push_back(result("corpus/snat/d#1.nat", "snat", Verdict::skipped, "needs x"));
  summary.results.push_back(result("corpus/snat/e.nat", "snat", Verdict::deviation, "some_clause"));
  summary.seconds = 2.25;
  return summary;
}

TEST(Summary, EndsWithTheWorstStatus) {
  Summary summary = mixed();
  EXPECT_EQ(summary.exit_status(), exit_status::diverged);
  summary.not_parsed.emplace_back("x.nat:1:1: no");
  EXPECT_EQ(summary.exit_status(), exit_status::usage);
  summary.results.push_back(result("f.nat", "x", Verdict::broken));
  EXPECT_EQ(summary.exit_status(), exit_status::failed);
  summary.interrupted = true;
  EXPECT_EQ(summary.exit_status(), exit_status::interrupted);
}

TEST(Summary, AKnownDeviationPasses) {
  Summary summary;
  summary.results.push_back(result("e.nat", "snat", Verdict::deviation, "some_clause"));
  EXPECT_EQ(summary.exit_status(), exit_status::agreed);
}

TEST(Summary, ResultsSurviveTheWayFromTheWorker) {
  Result sent = mixed().results[1];
  sent.clauses.set();
  sent.deviations = {{.where = DeviationShown::Where::entries,
                      .clause = model::Clause{3},
                      .pos = {7, 1},
                      .law = "a law",
                      .sent = "in lan udp",
                      .seen = {"out wan \xff"},
                      .bytes = {"45"},
                      .differences = {"ttl: 1, else 2"},
                      .profiles = {"linux-6.1", "linux-6.12"}}};
  sent.suspect = "the kernel";
  sent.artefacts = "out/b";
  sent.diagnostic = "b.nat:1:1: \xfe";
  const Result received = decode(encode(sent));
  EXPECT_EQ(encode(received), encode(sent));
  EXPECT_EQ(received.report, sent.report);
  EXPECT_EQ(received.diagnostic, sent.diagnostic);
  EXPECT_EQ(received.findings.at(0).kernel, "0x7d1e\xff");
  EXPECT_EQ(received.findings.at(0).pos.line, 12);
  EXPECT_EQ(received.clauses, sent.clauses);
  ASSERT_EQ(received.deviations.size(), 1u);
  const DeviationShown& shown = received.deviations.front();
  EXPECT_EQ(shown.where, DeviationShown::Where::entries);
  EXPECT_EQ(shown.clause, model::Clause{3});
  EXPECT_EQ(shown.pos.line, 7);
  EXPECT_EQ(shown.law, "a law");
  EXPECT_EQ(shown.sent, "in lan udp");
  EXPECT_EQ(shown.seen, sent.deviations.front().seen);
  EXPECT_EQ(shown.bytes, sent.deviations.front().bytes);
  EXPECT_EQ(shown.differences, sent.deviations.front().differences);
  EXPECT_EQ(shown.profiles, sent.deviations.front().profiles);
}

TEST(FormatText, HasATableByArea) {
  EXPECT_THAT(format_text(mixed(), {}),
              StartsWith("area   scenarios  agreed  deviation  diverged  inconclusive  skipped\n"
                         "dnat           2       1          .         1             .        .\n"
                         "snat           3       .          1         .             1        1\n"
                         "total          5       1          1         1             1        1\n"));
}

TEST(FormatText, TellsWhyAndEndsWithTheTotals) {
  const std::string text = format_text(mixed(), {});
  EXPECT_THAT(text, HasSubstr("\nINCONCLUSIVE  corpus/snat/c.nat: meta skuid\n"));
  EXPECT_THAT(text, HasSubstr("\nDEVIATION     corpus/snat/e.nat: some_clause\n"));
  EXPECT_THAT(text, HasSubstr("\nDIVERGED  corpus/dnat/b.nat:12\n"));
  EXPECT_THAT(
      text,
      EndsWith(
          "DIVERGED  5 scenarios, 1 agreed, 1 deviation, 1 diverged, 1 inconclusive, 1 skipped, "
          "10 packets in 2.25 s\n"
          "Linux 6.18.44 x86_64    profile linux-6.18    natstep 1f3c9ab\n"));
}

TEST(FormatText, AgreementIsShort) {
  Summary summary = mixed();
  summary.results.resize(1);
  EXPECT_THAT(format_text(summary, {}), HasSubstr("\nAGREED  1 scenario, 2 packets in 2.25 s\n"));
}

TEST(FormatText, OneReasonForManyIsToldOnce) {
  Summary summary;
  for (const char* path : {"a", "b", "c", "d"})
    summary.results.push_back(result(path, "x", Verdict::skipped, "no /dev/net/tun"));
  EXPECT_THAT(format_text(summary, {}),
              HasSubstr("\nSKIPPED       4 scenarios: no /dev/net/tun\n"));
}

TEST(FormatText, ColoursOnlyWhenAsked) {
  EXPECT_THAT(format_text(mixed(), {.colour = false}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(format_text(mixed(), {.colour = true}), HasSubstr("\x1b["));
}

TEST(FormatJson, HasTheKeysThatOthersRead) {
  const auto json = nlohmann::json::parse(format_json(mixed()));
  EXPECT_EQ(json.at("kernel"), "Linux 6.18.44 x86_64");
  EXPECT_EQ(json.at("profile"), "linux-6.18");
  EXPECT_EQ(json.at("scenarios"), 5);
  for (const char* verdict : {"agreed", "deviations", "diverged", "inconclusive", "skipped"})
    EXPECT_EQ(json.at(verdict), 1) << verdict;
  EXPECT_EQ(json.at("broken"), 0);
  EXPECT_EQ(json.at("packets"), 10);
  EXPECT_EQ(json.at("seconds"), 2.25);
  EXPECT_EQ(json.at("exit_status"), 1);
  const auto& diverged = json.at("outcomes").at(1);
  EXPECT_EQ(diverged.at("path"), "corpus/dnat/b.nat");
  EXPECT_EQ(diverged.at("verdict"), "diverged");
  EXPECT_EQ(diverged.at("findings").at(0).at("aspect"), "frames");
  EXPECT_EQ(diverged.at("findings").at(0).at("line"), 12);
}

TEST(FormatKtap, NumbersAndExplains) {
  const std::string ktap = format_ktap(mixed());
  EXPECT_THAT(ktap, StartsWith("KTAP version 1\n1..5\n"));
  EXPECT_THAT(ktap, HasSubstr("\nok 1 corpus/dnat/a.nat\n"));
  EXPECT_THAT(ktap, HasSubstr("\n# DIVERGED  corpus/dnat/b.nat:12\n"));
  EXPECT_THAT(ktap, HasSubstr("\nnot ok 2 corpus/dnat/b.nat\n"));
  EXPECT_THAT(ktap, HasSubstr("\nok 3 corpus/snat/c.nat # SKIP inconclusive: meta skuid\n"));
  EXPECT_THAT(ktap, HasSubstr("\nok 4 corpus/snat/d 1.nat # SKIP needs x\n"));
  EXPECT_THAT(ktap, HasSubstr("\nok 5 corpus/snat/e.nat # XFAIL"));
  EXPECT_THAT(ktap, EndsWith("# Totals: pass:1 fail:1 xfail:1 xpass:0 skip:2 error:0\n"));
}

TEST(FormatJunit, EscapesWhatXmlCannotSay) {
  const std::string xml = format_junit(mixed());
  EXPECT_THAT(xml, HasSubstr("&lt;&amp;&gt; ?"));
  EXPECT_THAT(
      xml,
      HasSubstr("<testsuite name=\"snat\" tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"2\">"));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"step 1, frames: udp.checksum\">"));
  EXPECT_THAT(xml, EndsWith("</testsuites>\n"));
}

}  // namespace
}  // namespace natstep::harness
