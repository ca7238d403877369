// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/scenario_job.h"

#include "harness/cli/version.h"
#include "harness/lockstep/behaviour.h"
#include "harness/lockstep/deviation.h"
#include "harness/lockstep/minimize.h"
#include "harness/lockstep/twice.h"
#include "harness/report/artefacts.h"
#include "harness/scapy/scapy.h"
#include "harness/scenario/scenario_text.h"
#include "harness/sweeps/sweep.h"

#include <algorithm>
#include <exception>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {

std::string kernel_name() {
  const netns::KernelInfo kernel = netns::running_kernel();
  return fmt::format("Linux {} {}", kernel.release, kernel.machine);
}

ReportContext report_context(const LockstepOptions& options, bool colour) {
  return {.kernel = kernel_name(),
          .profile = options.profile.name,
          .version = std::string(version()),
          .artefacts = {},
          .options = options.broken ? fmt::format("--break {}", model::info(*options.broken).id)
                                    : std::string(),
          .repeatability = {},
          .colour = colour};
}

namespace {

/// How often a divergence is tried again before its report calls it repeatable.
constexpr std::size_t repetitions = 20;
/// Where everything diverges (a broken clause, another kernel) a few small examples are worth more
/// than the time for all.
constexpr std::size_t most_minimised = 3;

/// Trying again and again is no use where every time takes seconds.
bool takes_time(const Scenario& scenario) {
  return std::ranges::any_of(scenario.steps,
                             [](const ScenarioStep& step) { return step.stimulus.wait != 0; });
}

/// How long the rules are for a reader; what only closes a brace is none.
std::size_t lines_of_rules(const Scenario& scenario) {
  std::size_t lines = 0;
  for (const RulesBlock& block : scenario.rules) {
    std::istringstream text(block.text);
    for (std::string line; std::getline(text, line);)
      if (line.find_first_not_of(" \t};") != std::string::npos) ++lines;
  }
  return lines;
}

/// One line that says why the scenario is not simply agreed.
std::string reason_of(const Outcome& outcome) {
  if (outcome.verdict == Verdict::deviation) {
    std::vector<std::string_view> ids;
    for (const DeviationShown& shown : outcome.deviations)
      if (decides_verdict(shown)) ids.push_back(model::info(shown.clause).id);
    if (!outcome.shortfalls.empty()) ids.emplace_back("falls short of what the script asks");
    return fmt::format("{}", fmt::join(ids, ", "));
  }
  if (outcome.verdict != Verdict::diverged || outcome.steps.empty()) return outcome.reason;
  const StepRecord& failed = outcome.steps[std::min(outcome.failed_step, outcome.steps.size() - 1)];
  if (failed.findings.empty()) return outcome.reason;
  return fmt::format("step {}, {}: {}", outcome.failed_step + 1,
                     to_string(failed.findings.front().aspect), failed.findings.front().subject);
}

Result summarised(const ScenarioFile& file, const Outcome& outcome) {
  Result result = without_outcome(file, outcome.verdict, reason_of(outcome));
  if (outcome.diagnostic) result.diagnostic = to_string(*outcome.diagnostic);
  result.deviations = outcome.deviations;
  result.shortfalls = outcome.shortfalls;
  if (outcome.verdict == Verdict::diverged && !outcome.steps.empty()) {
    result.findings = outcome.steps.back().findings;
    result.suspect = outcome.steps.back().triage.suspect;
  }
  result.pins_speak = outcome.pins_speak;
  result.clauses = outcome.clauses;
  result.packets = outcome.packets;
  result.seconds = outcome.seconds;
  return result;
}

}  // namespace

netns::KernelDut& ScenarioWorker::dut() {
  if (missing_) throw netns::EnvironmentError(*missing_);
  if (dut_) return *dut_;
  try {
    dut_ = std::make_unique<netns::KernelDut>();
  } catch (const netns::EnvironmentError& error) {
    if (error.kind == netns::EnvironmentError::Kind::missing) missing_ = error;
    throw;
  }
  return *dut_;
}

Result ScenarioWorker::run(const ScenarioFile& file) {
  const auto scenario = load_scenario(file.path);
  if (!scenario) {
    Result result = without_outcome(file, Verdict::broken, "not parsed");
    result.diagnostic = to_string(scenario.error());
    return result;
  }
  try {
    return run(file, *scenario);
  } catch (const netns::EnvironmentError& error) {
    // Something that this scenario needs, Scapy say: others may do without.
    if (error.kind == netns::EnvironmentError::Kind::missing)
      return without_outcome(file, Verdict::skipped, error.what());
    // Whatever state it is in: the next scenario gets a new one.
    dut_.reset();
    return without_outcome(file, Verdict::broken, error.what());
  } catch (const std::exception& error) {
    dut_.reset();
    return without_outcome(file, Verdict::broken, error.what());
  }
}

LockstepOptions ScenarioWorker::options_for(const Scenario& scenario) const {
  LockstepOptions options = options_.lockstep;
  options.keep_records = options.keep_records || options_.twice;
  const Sweep* sweep = is_sweep_path(scenario.path) ? find_sweep(scenario.path) : nullptr;
  if (sweep != nullptr && sweep->taps == SweepTaps::without) {
    options.taps = false;
    options.detail = model::WalkDetail::none;
  }
  return options;
}

void ScenarioWorker::play_again(const Scenario& scenario, const Outcome& first, Result& result) {
  dut_.reset();
  const Outcome second = run_scenario(scenario, dut(), options_for(scenario));
  dut_.reset();
  const auto why = differs_again(first, second);
  if (!why) return;
  result.verdict = Verdict::diverged;
  result.reason = *why;
  result.report = fmt::format("{}  {}  {}\n", to_string(Verdict::diverged), scenario.path, *why);
}

/// Without the model there is no verdict but that it was done.
Result ScenarioWorker::watch_alone(const ScenarioFile& file, const Scenario& scenario) {
  Result result = without_outcome(file, Verdict::agreed, {});
  Scenario ready = scenario;
  if (const auto wrong = evaluate_scapy(ready)) {
    result.diagnostic = to_string(*wrong);
    return result;
  }
  const auto observed = observe_alone(ready, dut());
  if (const auto* refused = std::get_if<Outcome>(&observed)) return summarised(file, *refused);
  result.behaviour = encode(std::get<Behaviour>(observed));
  result.steps = scenario.steps.size();
  return result;
}

Result ScenarioWorker::run(const ScenarioFile& file, const Scenario& scenario) {
  if (options_.watch == Watch::kernel_alone) return watch_alone(file, scenario);
  LockstepOptions options = options_for(scenario);
  options.keep_records = options.keep_records || options_.watch == Watch::lockstep;
  const Outcome outcome = run_scenario(scenario, dut(), options);
  Result result = summarised(file, outcome);
  if (options_.watch == Watch::lockstep) result.behaviour = encode(behaviour_of(scenario, outcome));
  result.steps = scenario.steps.size();
  result.rules = lines_of_rules(scenario);
  if (outcome.verdict == Verdict::diverged)
    look_closer(scenario, outcome, result);
  else
    result.report = report(scenario, outcome, report_context(options_.lockstep, options_.colour));
  if (options_.twice && exit_code(outcome.verdict) == 0) play_again(scenario, outcome, result);
  return result;
}

void ScenarioWorker::look_closer(const Scenario& scenario, const Outcome& outcome, Result& result) {
  ReportContext context = report_context(options_.lockstep, options_.colour);
  Minimized smallest{.scenario = scenario, .outcome = outcome};
  if (options_.minimise && !takes_time(scenario) && minimised_++ < most_minimised) {
    const RunAgain again = [this](const Scenario& s) {
      return run_scenario(s, dut(), options_for(s));
    };
    smallest = minimize(scenario, outcome, again);
    const std::size_t same = repeats(smallest.scenario, smallest.outcome, again, repetitions);
    context.repeatability = repeatability(smallest, same, repetitions);
  }
  if (!options_.out.empty()) {
    context.artefacts = artefact_directory(options_.out, scenario);
    try {
      write_artefacts(context.artefacts, smallest.scenario, smallest.outcome, context);
    } catch (const netns::EnvironmentError& error) {
      result.trouble = std::string("artefacts not written: ") + error.what();
      context.artefacts.clear();
    }
  }
  result.artefacts = context.artefacts;
  result.report = report(smallest.scenario, smallest.outcome, context);
}

}  // namespace natstep::harness
