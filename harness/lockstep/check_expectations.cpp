// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/expectations.h"

#include <map>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct Pair {
  std::optional<netns::CtExpectation> model;
  std::optional<netns::CtExpectation> kernel;
};

/// By what they are, but for the time that is left.
std::map<std::string, Pair> paired(const StepView& view) {
  std::map<std::string, Pair> pairs;
  const auto add = [&](const netns::CtExpectation& expectation, auto side) {
    std::string what = to_string(expectation);
    while (pairs[what].*side)
      what += ", once more";
    pairs[what].*side = expectation;
  };
  for (const auto& expectation : expectations_of(view.state, view.at))
    add(expectation, &Pair::model);
  for (const auto& expectation : view.observation.expectations)
    add(expectation, &Pair::kernel);
  return pairs;
}

std::string seconds(std::optional<std::uint32_t> timeout) {
  return timeout ? fmt::format("{} s", *timeout) : "none";
}

void compare_timeout(const StepView& view, const std::string& what, const Pair& pair,
                     Findings& findings) {
  const auto window = timeout_window(pair.model->timeout.value_or(0), view.elapsed_seconds);
  const auto shown = pair.kernel->timeout.value_or(0);
  if (shown >= window.low && shown <= window.high) return;
  findings.push_back({.aspect = Aspect::expectations,
                      .subject = "timeout of the expectation " + what,
                      .model = fmt::format("{} to {} s", window.low, window.high),
                      .kernel = seconds(pair.kernel->timeout)});
}

}  // namespace

void check_expectations(const StepView& view, Findings& findings) {
  for (const auto& [what, pair] : paired(view)) {
    if (pair.model && pair.kernel) {
      compare_timeout(view, what, pair, findings);
      continue;
    }
    findings.push_back({.aspect = Aspect::expectations,
                        .subject = "expectation " + what,
                        .model = pair.model ? "expected" : "not expected",
                        .kernel = pair.kernel ? "expected" : "not expected"});
  }
}

}  // namespace natstep::harness
