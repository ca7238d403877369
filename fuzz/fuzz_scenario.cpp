// SPDX-License-Identifier: GPL-2.0-or-later
// The .nat format: whatever the text, nothing crashes; a mistake has a place in the text; what
// parses prints to something that parses and prints the same; and rules written for iptables are
// understood or named.
#include "harness/rules/rules.h"
#include "harness/scenario/scenario_text.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace natstep::harness;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Scenario& scenario) {
  const std::string once = print_scenario(scenario);
  const auto again = parse_scenario(once, scenario.path);
  require(again && print_scenario(*again) == once);
  (void)understand_rules(scenario.rules, "", scenario.topology);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto scenario = parse_scenario({reinterpret_cast<const char*>(data), size}, "fuzz.nat");
  if (scenario) {
    check(*scenario);
  } else {
    require(scenario.error().pos.line > 0 && !to_string(scenario.error()).empty());
  }
  return 0;
}
