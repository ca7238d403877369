// SPDX-License-Identifier: GPL-2.0-or-later
// Which requirements of an RFC the kernel at hand keeps, judged by the results of the scenarios
// that are named for each.
#pragma once

#include "harness/report/summary.h"
#include "harness/rfc/requirement.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

enum class Conformity : std::uint8_t {
  conforms,      // every scenario agreed, and the kernel kept what they ask for
  deviates,      // a `should` line failed, or a clause that breaks the requirement was at work
  configurable,  // deviates as it comes, conforms with the rule
  undecided,     // a scenario has no verdict that could be built on
  untested,      // Requirement::treatment says why, or its scenarios are for other kernels
};
/// "CONFORMS", ...; of what is not tested "UNTESTED".
std::string_view to_string(Conformity conformity);

/// What shows that a requirement is not kept.
struct Evidence {
  std::string path{};  // of the scenario
  int line = 0;
  std::string asked{};               // the `should` line, or the sentence of the clause
  std::string kernel{};              // what the kernel does instead
  std::string sent{};                // "in lan udp ..."
  std::vector<std::string> seen{};   // "out wan udp ..." a frame
  std::vector<std::string> bytes{};  // the same in hexadecimal, where they are known
};

struct Judgement {
  unsigned rfc = 0;
  const Requirement* requirement = nullptr;
  Conformity conformity = Conformity::untested;
  std::vector<std::string> paths{};       // of the scenarios, as they come
  std::vector<std::string> configured{};  // of those with the rule
  std::vector<Evidence> evidence{};       // deviates, configurable
  std::string undecided{};                // undecided: which scenario, and why
};

/// Judges every requirement of `rfcs` by the results in `summary`.
std::vector<Judgement> judge(const std::vector<Rfc>& rfcs, const Summary& summary);

/// The names of all scenarios that `rfcs` build on, each once.
std::vector<std::string_view> scenarios_of(const std::vector<Rfc>& rfcs);

/// The name by which a requirement calls a scenario: its file's without ending.
std::string_view scenario_name(std::string_view path);

}  // namespace natstep::harness
