// SPDX-License-Identifier: GPL-2.0-or-later
// A small RFC of our own, and what its scenarios came to.
#pragma once

#include "harness/rfc/conformance.h"

#include <string>
#include <utility>
#include <vector>

namespace natstep::harness {

inline std::vector<Rfc> small_table() {
  return {
      {.number = 9999,
       .title = "A NAT for Tests",
       .requirements = {
           {.id = "REQ-1", .asks = "It translates.", .scenarios = {"translates"}},
           {.id = "REQ-2",
            .level = Level::should,
            .asks = "A mapping is remembered for as long as anybody could want it to be, and for "
                    "two minutes at the very least.",
            .why = "a remark",
            .scenarios = {"forgets"}},
           {.id = "REQ-3",
            .asks = "It refuses <nobody> & \"everybody\".",
            .scenarios = {"forgets"},
            .rule = "a rule",
            .configured = {"with_a_rule"}},
           {.id = "REQ-4", .asks = "It is understood.", .scenarios = {"unclear"}},
           {.id = "REQ-5",
            .level = Level::may,
            .asks = "It shines.",
            .treatment = Treatment::not_observable,
            .why = "packets do not shine"},
       }}};
}

inline Result result_of(std::string name, Verdict verdict, std::string reason = {}) {
  Result result;
  result.path = "corpus/rfc/" + std::move(name) + ".nat";
  result.verdict = verdict;
  result.reason = std::move(reason);
  return result;
}

inline Summary small_summary() {
  Result forgets = result_of("forgets", Verdict::deviation);
  forgets.shortfalls.push_back({.pos = {.line = 12, .column = 1},
                                .asked = "ct udp 10.0.1.2:4000 > 198.51.100.9:53 timeout 120+",
                                .kernel = "timeout: the script says 120 or more, the entry has 30",
                                .sent = "in lan udp 10.0.1.2:4000 > 198.51.100.9:53",
                                .seen = {"out wan udp 203.0.113.1:4000 > 198.51.100.9:53"},
                                .bytes = {"4500001c"}});
  return {.kernel = "Linux 0.0",
          .profile = "linux-0.0",
          .version = "test",
          .results = {result_of("translates", Verdict::agreed), std::move(forgets),
                      result_of("with_a_rule", Verdict::agreed),
                      result_of("unclear", Verdict::inconclusive, "IP option 7")},
          .not_parsed = {}};
}

}  // namespace natstep::harness
