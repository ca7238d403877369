// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/bisect_step.h"

#include "harness/cli/exit_code.h"
#include "harness/fleet/build.h"
#include "harness/fleet/fetch.h"
#include "harness/fleet/file.h"
#include "harness/fleet/guest_worker.h"
#include "harness/fleet/kernel_store.h"
#include "harness/report/output.h"
#include "model/clause.h"
#include "model/profile.h"
#include "netns/error.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// What a guest's worker puts in front when the kernel itself came to grief.
constexpr std::string_view kernel_in_trouble = "kernel: ";

std::string digest(std::string_view bytes) {
  return fmt::format("{:016x}", std::hash<std::string_view>{}(bytes));
}

bool is_good(const Result& result) {
  return result.verdict == Verdict::agreed || result.verdict == Verdict::deviation;
}

bool is_bad(const Result& result) {
  return result.verdict == Verdict::diverged ||
         (result.verdict == Verdict::broken && result.reason.starts_with(kernel_in_trouble));
}

/// How sure "good" is after so many runs.
std::string good_words(std::size_t runs) {
  return fmt::format(
      "agreed {} of {} times; what shows in half of all runs would be missed once in {}", runs,
      runs, std::size_t{1} << std::min<std::size_t>(runs, 30));
}

/// What steps of one tree share: objects, the kernel, verdicts.
class StepFolder {
 public:
  explicit StepFolder(const fs::path& tree)
      : folder_(cache_folder() / "bisect" /
                (tree.filename().native() + "-" + digest(tree.native()))) {
    fs::create_directories(folder_);
  }

  [[nodiscard]] fs::path objects() const { return folder_ / "objects"; }
  [[nodiscard]] KernelStore store() const { return KernelStore(folder_ / "kernels"); }

  /// The same kernel, scenario, natstep and way of asking.
  [[nodiscard]] fs::path verdict_place(const Kernel& kernel, const JobOptions& job,
                                       const ScenarioFile& file, std::size_t runs) const {
    const std::string broken =
        job.lockstep.broken ? std::string(model::info(*job.lockstep.broken).id) : std::string();
    const std::string question = fmt::format(
        "{}\n{}\n{}\n{}\n{}\n{}", digest(content_of(kernel.image)), digest(content_of(file.path)),
        digest(content_of("/proc/self/exe")), job.lockstep.profile.name, broken, runs);
    return folder_ / "verdicts" / digest(question);
  }

 private:
  fs::path folder_;
};

std::optional<StepFinding> remembered(const fs::path& place) {
  if (!fs::exists(place)) return std::nullopt;
  const std::string text = content_of(place);
  if (text.size() < 2) return std::nullopt;
  return StepFinding{.verdict = text.front() == 'g' ? StepVerdict::good : StepVerdict::bad,
                     .why = "the same kernel as in an earlier step: " + text.substr(1)};
}

/// "Skip" may have its reason in this machine, and is looked into again.
void remember(const fs::path& place, const StepFinding& finding) {
  if (finding.verdict == StepVerdict::skip) return;
  prepare_folder(place.parent_path());
  write_file(place, (finding.verdict == StepVerdict::good ? "g" : "b") + finding.why);
}

Kernel kernel_of(const StepOptions& options, const StepFolder& folder) {
  KernelStore store = folder.store();
  if (options.built) return add_kernel(options.tree, "step", store);
  UmlBuild build;
  build.jobs = options.jobs;
  return add_kernel(make_uml(options.tree, folder.objects(), build), "step", store);
}

}  // namespace

int step_status_of(StepVerdict verdict) {
  switch (verdict) {
    case StepVerdict::good:
      return step_status::good;
    case StepVerdict::bad:
      return step_status::bad;
    case StepVerdict::skip:
      break;
  }
  return step_status::skip;
}

StepFinding judge(const std::function<Result()>& run, std::size_t most) {
  for (std::size_t done = 1; done <= most; ++done) {
    const Result result = run();
    if (!result.diagnostic.empty()) throw UsageError(result.diagnostic);
    if (is_good(result)) continue;
    const std::string why = fmt::format("run {} of {}: {}", done, most, result.reason);
    return {.verdict = is_bad(result) ? StepVerdict::bad : StepVerdict::skip,
            .why = result.report.empty() ? why : why + "\n" + result.report};
  }
  return {.verdict = StepVerdict::good, .why = good_words(most)};
}

StepFinding bisect_step(const StepOptions& options, JobOptions job, const ScenarioFile& file) {
  const StepFolder folder(options.tree);
  Kernel kernel;
  try {
    kernel = kernel_of(options, folder);
  } catch (const netns::EnvironmentError& error) {
    if (error.kind == netns::EnvironmentError::Kind::missing) throw;
    return {.verdict = StepVerdict::skip, .why = error.what()};
  } catch (const UsageError& error) {
    return {.verdict = StepVerdict::skip, .why = error.what()};
  }
  if (!options.profile_given) job.lockstep.profile = model::profile_for_release(version_of(kernel));
  const fs::path place = folder.verdict_place(kernel, job, file, options.runs);
  if (auto known = remembered(place)) return *std::move(known);
  job.guest = bootable(std::move(kernel), {});
  GuestWorker worker(job.guest, job);
  StepFinding finding = judge([&] { return worker.run(file); }, options.runs);
  remember(place, finding);
  return finding;
}

}  // namespace natstep::harness
