// SPDX-License-Identifier: GPL-2.0-or-later
// One step of `git bisect run` in a kernel tree: is the kernel that is checked out good or bad?
#pragma once

#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace natstep::harness {

enum class StepVerdict : std::uint8_t { good, bad, skip };

/// As git-bisect(1) has it: any other status below 128 would mean "bad", what is above ends the
/// bisection.
namespace step_status {
inline constexpr int good = 0;
inline constexpr int bad = 1;
inline constexpr int skip = 125;
inline constexpr int abort = 128;
}  // namespace step_status
int step_status_of(StepVerdict verdict);

/// What a kernel did in some runs, and what follows from it.
struct StepFinding {
  StepVerdict verdict = StepVerdict::skip;
  std::string why;  // a line or more, for who reads the bisection's log
};

/// Runs again and again, `most` times, until one is not good: what happens only sometimes is bad
/// when it happened once.
StepFinding judge(const std::function<Result()>& run, std::size_t most);

struct StepOptions {
  std::filesystem::path tree;
  bool built = false;  // take what was built in the tree, rather than build user-mode Linux
  std::size_t runs = 3;
  std::size_t jobs = 1;  // of make
  bool profile_given = false;
};

/// Builds, boots, runs. A kernel that is byte by byte the one of an earlier step gets its verdict.
/// Throws UsageError and EnvironmentError where no kernel could do better.
StepFinding bisect_step(const StepOptions& options, JobOptions job, const ScenarioFile& file);

}  // namespace natstep::harness
