// SPDX-License-Identifier: GPL-2.0-or-later
// Every kind of mistake: where it is said to be, what it is said to be, and what is suggested.
#include "harness/scenario/scenario_text.h"

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Mistake {
  const char* name;
  std::string text;
  std::string says;  // without the source line
};
std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  return out << mistake.name;
}

class ScenarioMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ScenarioMistake, IsSaidWithItsPlace) {
  const auto scenario = parse_scenario(GetParam().text, "f.nat");
  ASSERT_FALSE(scenario);
  const std::string said = to_string(scenario.error());
  EXPECT_EQ(said.substr(0, said.find('\n')), GetParam().says);
}

const std::string sent = "in lan udp 10.0.1.2:4000 > 198.51.100.9:53\n";

const Mistake mistakes[] = {
    {"directive", "ni lan udp 10.0.1.2:4000 > 198.51.100.9:53\n",
     "f.nat:1:1: unknown directive `ni`, did you mean `in`?"},
    {"directive_unlike_any", "frobnicate\n",
     "f.nat:1:1: unknown directive `frobnicate`, known are topology, port, address, route, sysctl, "
     "pins, "
     "nft, iptables, iptables-legacy, "
     "iptables-nft, wait, link, release, in, send, out, nothing, ct, expect, no, should"},
    {"should_without_a_pin", sent + "should in lan udp 10.0.1.2:1 > 198.51.100.9:2\n",
     "f.nat:2:8: `should` is followed by a pin, `should` takes out, nothing, ct, expect or no"},
    {"should_should", sent + "should should nothing\n",
     "f.nat:2:8: `should` is followed by a pin, `should` takes out, nothing, ct, expect or no"},
    {"should_binds_nothing",
     sent + "should out wan udp 203.0.113.1:$p > 198.51.100.9:53\nno ct udp 203.0.113.1:$p > "
            "198.51.100.9:53\n",
     "f.nat:3:23: variable `$p` is used before it is bound, an `out` line above must mention it, "
     "as in `out wan udp 203.0.113.1:$p > ...`"},
    {"helper", sent + "ct udp 10.0.1.2:4000 > 198.51.100.9:53 helper fpt\n",
     "f.nat:2:47: `fpt` is no helper that Linux has, such as `helper ftp`"},
    {"expectation_missing", sent + "expect tcp\n",
     "f.nat:2:8: no expectation named, such as `expect tcp 198.51.100.9:* > 203.0.113.1:5001`"},
    {"expectation_word", sent + "expect tcp * > 203.0.113.1:5001 assured\n",
     "f.nat:2:33: unknown word `assured` about an expectation, known are timeout, port, key, "
     "helper"},
    {"expectation_absent_with_words", sent + "no expect tcp * > 203.0.113.1:5001 port 1\n",
     "f.nat:2:11: `no expect` takes the tuple only"},
    {"pins_feature", "pins need dnat_range_starts_at_mn\n",
     "f.nat:1:11: unknown feature `dnat_range_starts_at_mn`, did you mean "
     "`dnat_range_starts_at_min`?"},
    {"pins_without_need", "pins for all\n",
     "f.nat:1:6: unexpected `for`, it is `pins need FEATURE...`"},
    {"port", "in lna udp 10.0.1.2:1 > 198.51.100.9:2\n",
     "f.nat:1:4: unknown port `lna`, did you mean `lan`?"},
    {"port_unlike_any", "in ethernet0 udp 10.0.1.2:1 > 198.51.100.9:2\n",
     "f.nat:1:4: unknown port `ethernet0`, the ports are lan, wan, dmz"},
    {"port_forgotten", "in udp 10.0.1.2:1 > 198.51.100.9:2\n",
     "f.nat:1:4: the name of a port is missing, such as `in lan udp ...`"},
    {"port_and_packet_missing", "in\n",
     "f.nat:1:3: the name of a port is missing, the ports are lan, wan, dmz"},
    {"packet_missing", "in lan\n",
     "f.nat:1:7: the packet is missing, such as `udp 10.0.1.2:4000 > 198.51.100.9:53`"},
    {"out_first", "out wan udp 10.0.1.2:1 > 198.51.100.9:2\n",
     "f.nat:1:1: `out` before any `in` or `send`, a line about what came of a packet stands below "
     "the line that sends it"},
    {"box_below_stimulus", sent + "port lan 10.0.1.1/24\n",
     "f.nat:2:1: `port` behind the first stimulus, the box is described above the first `in` or "
     "`send`"},
    {"address_event_without_verb", sent + "address wan 198.18.0.1/24\n",
     "f.nat:2:9: `address` behind the first stimulus is followed by `add` or `del`, it is add, "
     "del"},
    {"route_event_misspelt", sent + "route ad 198.18.0.0/24 dev wan\n",
     "f.nat:2:7: `route` behind the first stimulus is followed by `add` or `del`, did you mean "
     "`add`?"},
    {"release_without_number", sent + "release accept\n",
     "f.nat:2:9: no queue's number `accept`, such as `release 1 accept`; rules say `queue num 1`"},
    {"release_without_verdict", sent + "release 1\n",
     "f.nat:2:10: `accept` or `drop` is missing, a release takes accept, drop"},
    {"release_misspelt", sent + "release 1 acept\n",
     "f.nat:2:11: unexpected `acept`, did you mean `accept`?"},
    {"release_as_nothing", sent + "release 1 accept as\n",
     "f.nat:2:20: the packet is missing, such as `udp 10.0.1.2:4000 > 198.51.100.9:53`"},
    {"release_drops_no_other_packet", sent + "release 1 drop as udp 10.0.1.2:1 > 10.0.2.2:2\n",
     "f.nat:2:16: unexpected `as`, nothing more belongs on this line"},
    {"offload_without_packet", "in lan offload\n",
     "f.nat:1:15: the packet is missing, such as `udp 10.0.1.2:4000 > 198.51.100.9:53`"},
    {"segments_without_size", "in lan offload segments of\n",
     "f.nat:1:27: no size of segments, such as `offload segments of 1400 tcp ...`"},
    {"segments_of_nothing", "in lan offload segments 1400 udp 10.0.1.2:1 > 10.0.2.2:2\n",
     "f.nat:1:25: no size of segments, such as `offload segments of 1400 tcp ...`"},
    {"link_without_state", sent + "link wan\n",
     "f.nat:2:9: `up` or `down` is missing, a link goes up, down"},
    {"link_misspelt", sent + "link wan dwn\n",
     "f.nat:2:10: unexpected `dwn`, did you mean `down`?"},
    {"ct_delete_with_words", sent + "ct delete udp 10.0.1.2:1 > 10.0.2.2:2 assured\n",
     "f.nat:2:11: `ct delete` takes one tuple only, such as `ct delete udp 10.0.1.2:4000 > "
     "198.51.100.9:53`"},
    {"ct_create_without_timeout", sent + "ct create udp 10.0.1.2:1 > 10.0.2.2:2 replied\n",
     "f.nat:2:11: `ct create` needs a timeout, such as `timeout 120`"},
    {"ct_create_with_counters", sent + "ct create udp 10.0.1.2:1 > 10.0.2.2:2 packets 3\n",
     "f.nat:2:11: user space cannot write `packets 3`, it writes timeout, mark, zone, assured, "
     "replied, fixed-timeout, NONE, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, "
     "LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2"},
    {"ct_create_with_half_a_mapping",
     sent + "ct create udp 10.0.1.2:1 > 10.0.2.2:2 timeout 9 snat 203.0.113.7:\n",
     "f.nat:2:54: no mapping: `snat 203.0.113.7:`, such as `snat 203.0.113.7:4000`, behind all "
     "other words"},
    {"ct_create_with_a_word_behind",
     sent + "ct create udp 10.0.1.2:1 > 10.0.2.2:2 timeout 9 dnat 10.0.2.3 mark 7\n",
     "f.nat:2:68: no mapping: `mark 7`, such as `snat 203.0.113.7:4000`, behind all other words"},
    {"ct_update_with_a_reply",
     sent + "ct update udp 10.0.1.2:1 > 10.0.2.2:2 reply 10.0.2.2:2 > 10.0.1.2:9 mark 7\n",
     "f.nat:2:11: `ct update` leaves the reply tuple and the mapping as they are, it takes one "
     "tuple and what changes, such as `timeout 60`"},
    {"ct_update_of_nothing", sent + "ct update udp 10.0.1.2:1 > 10.0.2.2:2\n",
     "f.nat:2:11: `ct update` needs something to change, such as `timeout 60`"},
    {"ct_create_in_no_zone", sent + "ct create udp 10.0.1.2:1 > 10.0.2.2:2 timeout 9 zone 70000\n",
     "f.nat:2:11: no zone: `zone 70000`, zones are 0 to 65535"},
    {"block_without_end", "topology router\nnft {\n  table ip t {\n}\n" + sent,
     "f.nat:2:5: the block of `nft` that begins here has no end, its `}` is missing"},
    {"block_without_brace", "nft table ip t\n",
     "f.nat:1:5: `{` is missing behind `nft`, the rules stand between `{` and `}`"},
    {"behind_block", "nft { } in lan\n",
     "f.nat:1:9: unexpected text behind `}`, the next directive begins on a line of its own"},
    {"second_topology", "topology router\ntopology host\n",
     "f.nat:2:1: a second `topology`, the first is on line 1, a scenario has one box"},
    {"topology_late", "port lan 10.0.1.1/24\ntopology host\n",
     "f.nat:2:1: `topology` below `port`, `topology` comes first"},
    {"topology_name", "topology ruoter\n",
     "f.nat:1:10: unknown topology `ruoter`, did you mean `router`?"},
    {"topology_without_name", "topology\n",
     "f.nat:1:9: the name of a topology is missing, known are router, host, router6, host6"},
    {"prefix", "port lan 10.0.1.1/33\n",
     "f.nat:1:10: `10.0.1.1/33` is not a prefix, a prefix is an address and a length, such as "
     "10.0.1.1/24"},
    {"prefix_without_length", "port lan 10.0.1.1\n",
     "f.nat:1:10: `10.0.1.1` is not a prefix, did you mean `10.0.1.1/24`?"},
    {"second_prefix", "port lan 10.0.1.1/24,10.0.2.x/24\n",
     "f.nat:1:22: `10.0.2.x/24` is not a prefix, a prefix is an address and a length, such as "
     "10.0.1.1/24"},
    {"mtu", "port lan 10.0.1.1/24 mtu 60\n",
     "f.nat:1:26: `60` is not an MTU, an MTU is 68 to 65535 bytes"},
    {"port_name", "port lo 127.0.0.1/8\n",
     "f.nat:1:6: `lo` cannot be the name of a port, at most 15 letters, digits, `-`, `_` and `.`, "
     "and not the loopback's `lo`"},
    {"port_twice", "port lan 10.0.1.1/24\nport lan 10.0.3.1/24\n",
     "f.nat:2:6: port `lan` is already described on line 1, further addresses are added by "
     "`address`"},
    {"route_without_port", "route 10.8.0.0/16 via 10.0.2.9\n",
     "f.nat:1:31: the port of the route is missing, a route is `route PREFIX [via ADDRESS] dev "
     "PORT`"},
    {"gateway", "route 10.8.0.0/16 via nowhere dev dmz\n",
     "f.nat:1:23: `nowhere` is not an address, such as `via 203.0.113.254`"},
    {"gateway_far_away", "route 10.8.0.0/16 via 10.0.3.9 dev dmz\n",
     "f.nat:1:1: the gateway 10.0.3.9 is no neighbour of port `dmz`, it must lie in the prefix of "
     "one of the port's addresses"},
    {"port_below_route", "route none\nport lan 10.0.1.1/24\n",
     "f.nat:2:1: `port` below the `route` of line 1, routes follow the ports, which they suppose"},
    {"sysctl_without_value", "sysctl net.ipv4.ip_forward\n",
     "f.nat:1:8: `=` is missing, a sysctl is `sysctl net.ipv4.ip_forward = 0`"},
    {"sysctl_value", "sysctl net.ipv4.ip_forward = 2\n",
     "f.nat:1:30: `2` is no value for `net.ipv4.ip_forward`, which takes 0 to 1"},
    {"sysctl_without_a_value", "sysctl net.core.x =#7\n",
     "f.nat:1:20: the value of `net.core.x` is missing"},
    {"sysctl_elsewhere", "sysctl net...kernel.panic = 1\n",
     "f.nat:1:8: `net...kernel.panic` is not a sysctl of the network, keys are written with dots "
     "and begin with `net.`"},
    {"sysctl_of_the_machine", "sysctl kernel.panic = 1\n",
     "f.nat:1:8: `kernel.panic` is not a sysctl of the network, keys are written with dots and "
     "begin with `net.`"},
    {"ct_word", sent + "ct udp 10.0.1.2:4000 > 198.51.100.9:53 asured\n",
     "f.nat:2:40: unknown word `asured` about an entry, did you mean `assured`?"},
    {"ct_number", sent + "ct udp 10.0.1.2:4000 > 198.51.100.9:53 timeout soon\n",
     "f.nat:2:48: `timeout` needs a number, such as `timeout 30`"},
    {"no_what", sent + "no out\n",
     "f.nat:2:4: `no` is followed by `ct` or `expect`, not `out`, `nothing` says that no packet "
     "leaves"},
    {"no_ct_words", sent + "no ct udp 10.0.1.2:4000 > 198.51.100.9:53 assured\n",
     "f.nat:2:7: `no ct` takes the original tuple only"},
    {"variable", sent + "in wan udp 198.51.100.9:53 > 203.0.113.1:$p\n",
     "f.nat:2:42: variable `$p` is used before it is bound, an `out` line above must mention it, "
     "as in `out wan udp 203.0.113.1:$p > ...`"},
    {"condition_variable", sent + "out wan udp 203.0.113.1:$p > 198.51.100.9:53 where $q != 1\n",
     "f.nat:2:52: variable `$q` is used before it is bound, an `out` line above must mention it, "
     "as in `out wan udp 203.0.113.1:$q > ...`"},
    {"where_on_in", "in lan hex 45 where $p in 1-2\n",
     "f.nat:1:15: `where` belongs to `out` lines"},
    {"hex_digit", "in lan hex 4500zz\n", "f.nat:1:16: `z` is no hexadecimal digit"},
    {"hex_half", "in lan hex 450\n", "f.nat:1:14: the last byte has one hexadecimal digit only"},
    {"hex_nothing", "in lan hex\n", "f.nat:1:11: no bytes behind `hex`, such as `hex 4500001c...`"},
    {"scapy_nothing", "in lan scapy\n",
     "f.nat:1:13: no expression behind `scapy`, such as `scapy "
     "IP(src='10.0.1.2')/UDP(sport=4000)`"},
    {"nothing_more", sent + "nothing at all\n",
     "f.nat:2:9: unexpected `at`, nothing more belongs on this line"},
    {"wait_for_nothing", sent + "wait 3\n",
     "f.nat:2:1: `wait` with nothing behind it, time passes before an `in` or `send`"},
    {"wait_above_a_pin", sent + "wait 3\nnothing\n",
     "f.nat:3:1: `nothing` behind `wait`, time passes before an `in` or `send`; what is seen, is "
     "seen below that"},
    {"wait_too_long", "wait 1000001\n" + sent,
     "f.nat:1:6: `1000001` is no time to wait, `wait` takes whole seconds, 1 to "
     "1000000"},
    {"wait_no_number", "wait 1s\n" + sent,
     "f.nat:1:6: `1s` is no time to wait, `wait` takes whole seconds, 1 to 1000000"},
    {"empty", "", "f.nat:1:1: the file is empty"},
    {"blank", "\n\n \n", "f.nat:1:1: the file is empty"},
    {"no_stimulus", "# why\ntopology router\n",
     "f.nat:2:1: the scenario sends nothing, add a line such as `in lan udp 10.0.1.2:4000 > "
     "198.51.100.9:53`"},
    {"binary", std::string("topology\0router\n", 16),
     "f.nat:1:9: not a text file, byte 0x00 stands here"},
    {"escape", "topology router\n\x1b[31m\n", "f.nat:2:1: not a text file, byte 0x1b stands here"},
};

INSTANTIATE_TEST_SUITE_P(All, ScenarioMistake, ::testing::ValuesIn(mistakes),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

/// The message belongs to the packet notation; here it counts that the place is the file's.
TEST(ScenarioDiagnostics, APacketsMistakeIsPointedAtInTheFile) {
  const auto scenario =
      parse_scenario("in lan udp 10.0.1.2:4000 > 198.51.100.9:53 tll 3\n", "f.nat");
  ASSERT_FALSE(scenario);
  EXPECT_THAT(to_string(scenario.error()), StartsWith("f.nat:1:44: "));
  EXPECT_THAT(to_string(scenario.error()), HasSubstr("did you mean `ttl`?"));
}

TEST(ScenarioDiagnostics, AReplyTuplesMistakeIsPointedAtInTheFile) {
  const auto scenario = parse_scenario(
      sent + "ct udp 10.0.1.2:4000 > 198.51.100.9:53 reply 198.51.100.9:53 > 203.0.113.x:4000\n",
      "f.nat");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().pos.line, 2);
  EXPECT_GE(scenario.error().pos.column, 64);
  EXPECT_LE(scenario.error().pos.column, 76);
}

TEST(ScenarioDiagnostics, TheCaretStandsBelowTheMistakeEvenBehindTabs) {
  const auto scenario = parse_scenario("\tin\tlna udp 10.0.1.2:1 > 198.51.100.9:2\n", "f.nat");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(to_string(scenario.error()),
            "f.nat:1:5: unknown port `lna`, did you mean `lan`?\n"
            "  \tin\tlna udp 10.0.1.2:1 > 198.51.100.9:2\n"
            "  \t  \t^");
}

// ---- files ----

class ScenarioFiles : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& name, const std::string& content) {
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  static std::string complaint(const std::filesystem::path& path) {
    const auto scenario = load_scenario(path);
    return scenario ? "loaded" : scenario.error().message;
  }

  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() /
      ("natstep_scenario_" +
       std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(ScenarioFiles, AFileIsLoadedUnderItsName) {
  const auto path = write("good.nat", sent);
  const auto scenario = load_scenario(path);
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->path, path.string());
}

TEST_F(ScenarioFiles, EachThingThatIsNoScenarioHasItsOwnMessage) {
  EXPECT_EQ(complaint(directory_ / "missing.nat"), "there is no such file");
  EXPECT_EQ(complaint(directory_), "this is a directory");
  EXPECT_EQ(complaint("/dev/null"), "this is not a regular file");
  EXPECT_EQ(complaint(write("empty.nat", "")), "the file is empty");
  EXPECT_EQ(complaint(write("huge.nat", std::string((1 << 20) + 1, '#'))),
            "1048577 bytes are too many for a scenario");
  EXPECT_EQ(complaint(write("elf.nat", std::string("\x7f"
                                                   "ELF\0\0",
                                                   6))),
            "not a text file");
}

TEST_F(ScenarioFiles, WithoutALineThereIsNoPlace) {
  const auto path = directory_ / "missing.nat";
  EXPECT_EQ(to_string(load_scenario(path).error()), path.string() + ": there is no such file");
}

}  // namespace
}  // namespace natstep::harness
