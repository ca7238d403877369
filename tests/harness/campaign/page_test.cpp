// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/page.h"

#include "harness/campaign/plot_svg.h"
#include "harness/cli/exit_code.h"
#include "model/clause.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::harness::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const Signature signature{.aspect = "frames",
                          .field = "udp.checksum",
                          .hook = "post_routing",
                          .conntrack = "new",
                          .protocol = "udp",
                          .clause = "port_is_written"};

class CampaignPage : public ::testing::Test {
 protected:
  CampaignPage()
      : directory_(fs::temp_directory_path() / ("campaign_page_" + std::to_string(::getpid()))) {
    fs::create_directories(directory_);
    write_campaign_info(directory_, {.kernel = "Linux 6.99 <test>",
                                     .profile = "linux-6.99",
                                     .version = "abc",
                                     .command = "natstep fuzz --out night",
                                     .seed = 7,
                                     .clauses = {"port_is_written"},
                                     .inconclusive = {{"meta cpu", 3}}});
    ProgressLog log(directory_);
    log.append({.time_s = 1, .executions = 20000, .executions_per_s = 20000, .bare_per_s = 90000});
    log.append({.time_s = 7300,
                .executions = 150'000'000,
                .executions_per_s = 21000,
                .bare_per_s = 90000,
                .features = 1234,
                .clauses_reached = 400,
                .findings = 1,
                .last_new_s = 7200});
    FindingStore(directory_)
        .add(signature,
             {{.name = "scenario.nat", .content = "# One & only.\n"},
              {.name = "report.txt", .content = "DIVERGED  <here>\n"},
              {.name = "reproduce.py", .content = "#\n"}},
             1000);
  }
  ~CampaignPage() override { fs::remove_all(directory_); }

  void write(const char* name, std::string_view text) { std::ofstream(directory_ / name) << text; }
  std::string page() { return campaign_page(read_campaign(directory_)); }

  fs::path directory_;
};

TEST_F(CampaignPage, ShowsWhatWasFoundAndHowFarItCame) {
  const auto text = page();
  EXPECT_THAT(text, HasSubstr("Linux 6.99 &lt;test&gt;"));
  EXPECT_THAT(text, HasSubstr("<b>1</b>finding"));
  EXPECT_THAT(text, HasSubstr("<b>150M</b>executions"));
  EXPECT_THAT(text, HasSubstr("<b>2 h 1 min</b>of fuzzing"));
  EXPECT_THAT(text, HasSubstr("<b>100 s</b>since the last new thing"));
  EXPECT_THAT(text, HasSubstr("bare loop, packets 90k"));
  EXPECT_THAT(text, HasSubstr("# One &amp; only."));
  EXPECT_THAT(text, HasSubstr("DIVERGED  &lt;here&gt;"));
  EXPECT_THAT(text, HasSubstr("/reproduce.py"));
  EXPECT_THAT(text,
              HasSubstr(std::string(model::info(*model::find_clause("port_is_written")).sentence)));
  EXPECT_THAT(text, HasSubstr("meta cpu"));
  EXPECT_THAT(text, HasSubstr("natstep fuzz --out night"));
  EXPECT_THAT(text, HasSubstr("natstep kernels build --kcov"));
}

TEST_F(CampaignPage, NeedsNothingFromElsewhere) {
  const auto text = page();
  EXPECT_THAT(text, Not(HasSubstr("http")));
  EXPECT_THAT(text, Not(HasSubstr("<script")));
}

TEST_F(CampaignPage, ShowsWhatOfTheKernelWasReached) {
  write("kallsyms.txt",
        "0000000060010000 t tcp_in_window.isra.0\n0000000060010100 T nf_nat_packet\n"
        "0000000060010200 t hash_by_src\n0000000060010300 T printk\n");
  write("pcs.txt", "60010004\n0x60010010\n60010310\nnonsense\n");
  write("points.txt", "60010004\n60010010\n60010020\n60010110\n");
  write("lines.txt",
        "60010004 net/netfilter/nf_conntrack_proto_tcp.c:510\n"
        "60010020 net/netfilter/nf_conntrack_proto_tcp.c:523\n");
  const auto text = page();
  EXPECT_THAT(text, HasSubstr("net/netfilter/nf_conntrack_proto_tcp.c"));
  EXPECT_THAT(text, HasSubstr("2 of 3"));
  EXPECT_THAT(text, HasSubstr("nf_nat_packet\nhash_by_src\n"));
  EXPECT_THAT(text, HasSubstr("tcp_in_window, 2 of 3, not line 523\n"));
  EXPECT_THAT(text, Not(HasSubstr("printk")));
}

TEST_F(CampaignPage, ShowsWhatDied) {
  EXPECT_THAT(page(), Not(HasSubstr("<h2>Crashes</h2>")));
  fs::create_directories(directory_ / "crashes" / "oops_nf_nat_setup_info");
  fs::create_directories(directory_ / "crashes" / "9c0f2a11d34e77ab");
  write("crashes/oops_nf_nat_setup_info/trouble.txt", "oops nf_nat_setup_info < nf_nat_inet_fn\n");
  write("crashes/oops_nf_nat_setup_info/again.txt", "repeats 1 of 1\n");
  const std::string shown = page();
  EXPECT_THAT(shown, HasSubstr("<td>repeats 1 of 1</td>"));
  EXPECT_THAT(shown, HasSubstr("oops nf_nat_setup_info &lt; nf_nat_inet_fn"));
  EXPECT_THAT(shown, HasSubstr("crashes/oops_nf_nat_setup_info"));
  EXPECT_THAT(shown, HasSubstr("natstep died"));
}

TEST_F(CampaignPage, IsWrittenIntoItsFolder) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(report_campaign(directory_), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("report.html"));
  EXPECT_TRUE(fs::exists(directory_ / "report.html"));
  EXPECT_THROW(report_campaign(directory_ / "findings"), UsageError);
}

TEST_F(CampaignPage, AddsUpWhatWorkersGaveUpAt) {
  write_gave_up(directory_, "0", {{"a fragment", 5}});
  write_gave_up(directory_, "1", {{"a fragment", 2}, {"meta cpu", 1}});
  write_gave_up(directory_, "0", {{"a fragment", 6}});
  const auto state = read_campaign(directory_);
  EXPECT_EQ(state.info.inconclusive.at("a fragment"), 8u);
  EXPECT_EQ(state.info.inconclusive.at("meta cpu"), 4u);
  EXPECT_THAT(page(), HasSubstr("<td class=\"number\">8</td><td>a fragment</td>"));
}

TEST_F(CampaignPage, WhatIsMissingLeavesAHole) {
  fs::remove(directory_ / "progress.jsonl");
  fs::remove_all(directory_ / "findings");
  EXPECT_THAT(page(), HasSubstr("agreed in everything"));
}

TEST(CampaignInfoFile, IsReadAsItWasWritten) {
  const auto directory =
      fs::temp_directory_path() / ("campaign_info_" + std::to_string(::getpid()));
  fs::create_directories(directory);
  write_campaign_info(directory, {.kernel = "Linux", .seed = 9, .jobs = 4, .started = 12});
  const auto info = read_campaign_info(directory);
  EXPECT_EQ(info.kernel, "Linux");
  EXPECT_EQ(info.seed, 9u);
  EXPECT_EQ(info.jobs, 4u);
  EXPECT_EQ(info.started, 12u);
  fs::remove_all(directory);
}

TEST(PlotSvg, NumbersAreShortAndRound) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(9500), "9500");
  EXPECT_EQ(short_number(12500), "12.5k");
  EXPECT_EQ(short_number(3.0e6), "3M");
  EXPECT_EQ(round_up(0), 1);
  EXPECT_EQ(round_up(10), 10);
  EXPECT_EQ(round_up(21), 50);
  EXPECT_EQ(duration_words(45), "45 s");
  EXPECT_EQ(duration_words(3600), "60 min");
  EXPECT_EQ(duration_words(12000), "3 h 20 min");
}

TEST(KernelFiles, AFunctionBelongsToTheFileOfItsName) {
  EXPECT_EQ(file_of_function("tcp_error.part.0"), "net/netfilter/nf_conntrack_proto_tcp.c");
  EXPECT_EQ(file_of_function("nf_nat_ipv4_manip_pkt"), "net/netfilter/nf_nat_proto.c");
  EXPECT_EQ(file_of_function("nf_nat_ipv4_register_fn"), "");
  EXPECT_EQ(file_of_function("tcp_v4_rcv"), "");
}

}  // namespace
}  // namespace natstep::harness::testing
