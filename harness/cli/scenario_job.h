// SPDX-License-Identifier: GPL-2.0-or-later
// One scenario from file to result: what a worker does with each item.
#pragma once

#include "harness/cli/select.h"
#include "harness/lockstep/lockstep.h"
#include "harness/report/report.h"
#include "harness/report/result.h"
#include "harness/scenario/scenario.h"
#include "netns/kernel_dut.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace natstep::harness {

struct BootableKernel;

/// Whether results tell what the kernel did, and who else takes part.
enum class Watch : std::uint8_t { nothing, lockstep, kernel_alone };

struct JobOptions {
  LockstepOptions lockstep;
  bool minimise = true;
  bool twice = false;  // each scenario is played in two boxes, which must show the same
  /// Where the artefacts of a diverged scenario go; empty: none are written.
  std::filesystem::path out;
  bool colour = false;
  Watch watch = Watch::nothing;
  /// The kernel to run on, in guests; none: the one that is running here.
  std::shared_ptr<const BootableKernel> guest = {};
};

/// "Linux 6.18.44 x86_64".
std::string kernel_name();
/// A report's context under these options.
ReportContext report_context(const LockstepOptions& options, bool colour);

/// Owns this process's kernel side, which is made when the first scenario needs it.
class ScenarioWorker {
 public:
  explicit ScenarioWorker(JobOptions options) : options_(std::move(options)) {}

  /// From now on the model plays `profile`.
  void play_profile(const model::Profile& profile) { options_.lockstep.profile = profile; }
  /// From now on runs with `clause` replaced by its defect.
  void break_clause(model::Clause clause) { options_.lockstep.broken = clause; }

  /// Never throws: what goes wrong is the result's verdict and reason, or its diagnostic.
  Result run(const ScenarioFile& file);

 private:
  Result run(const ScenarioFile& file, const Scenario& scenario);
  /// Plays it again in a box of its own, and makes a divergence of what is not the same.
  void play_again(const Scenario& scenario, const Outcome& first, Result& result);
  /// How this scenario is run: most are observed between the hooks, some sweeps are not.
  [[nodiscard]] LockstepOptions options_for(const Scenario& scenario) const;
  /// A divergence: makes it small, tries it again, writes its artefacts and its report.
  void look_closer(const Scenario& scenario, const Outcome& outcome, Result& result);
  Result watch_alone(const ScenarioFile& file, const Scenario& scenario);
  netns::KernelDut& dut();

  JobOptions options_;
  std::unique_ptr<netns::KernelDut> dut_;
  /// What is missing here stays missing: not tried again for each scenario.
  std::optional<netns::EnvironmentError> missing_;
  std::size_t minimised_ = 0;
};

}  // namespace natstep::harness
