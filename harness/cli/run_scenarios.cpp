// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/run_scenarios.h"

#include "harness/cli/exit_code.h"
#include "harness/cli/progress.h"
#include "harness/cli/runner.h"
#include "harness/cli/version.h"
#include "harness/fleet/guest_worker.h"
#include "harness/report/output.h"
#include "harness/report/verdict_words.h"
#include "harness/sweeps/sweep.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// The files in the order in which they are run.
struct Order {
  std::vector<std::size_t> files;  // indices
  std::size_t waiting = 0;         // how many of the first ones let time pass
};

/// A look at the text is enough to guess by; what it really is, the parser says later.
bool lets_time_pass(const ScenarioFile& file) {
  if (is_sweep_path(file.path)) return false;
  std::ifstream stream(file.path);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("wait ")) return true;
  return false;
}

/// Those that wait begin first, so that the others can be run meanwhile.
Order order_of(const std::vector<ScenarioFile>& files) {
  Order order{.files = std::vector<std::size_t>(files.size())};
  std::iota(order.files.begin(), order.files.end(), std::size_t{0});
  const auto behind =
      std::stable_partition(order.files.begin(), order.files.end(),
                            [&](std::size_t file) { return lets_time_pass(files[file]); });
  order.waiting = static_cast<std::size_t>(behind - order.files.begin());
  return order;
}

/// Who waits needs no CPU. A few workers more than there are CPUs keep these busy.
std::size_t workers_for(const Order& order, std::size_t jobs) {
  constexpr std::size_t most_waiting = 24;
  return jobs == 1 ? jobs : jobs + std::min(order.waiting, most_waiting);
}

Work make_guest_work(const std::vector<ScenarioFile>& files, const Order& order,
                     const JobOptions& job) {
  auto worker = std::make_shared<GuestWorker>(job.guest, job);
  return [worker, &files, &order](std::size_t item) {
    return encode(worker->run(files[order.files[item]]));
  };
}

/// A guest has to boot first, and looks after silence itself.
constexpr std::chrono::seconds patience_with_guests{600};

RunnerOptions runner_options(const Order& order, const JobOptions& job, std::size_t jobs) {
  if (job.guest) return {.jobs = jobs, .patience = patience_with_guests};
  return {.jobs = workers_for(order, jobs)};
}

MakeWork make_work(const std::vector<ScenarioFile>& files, const Order& order,
                   const JobOptions& job) {
  return [&files, &order, &job]() -> Work {
    if (job.guest) return make_guest_work(files, order, job);
    auto worker = std::make_shared<ScenarioWorker>(job);
    return [worker, &files, &order](std::size_t item) {
      return encode(worker->run(files[order.files[item]]));
    };
  };
}

/// Puts the results where they belong; those of files that are no scenarios become diagnostics.
class Collector {
 public:
  explicit Collector(const std::vector<ScenarioFile>& files)
      : files_(files), results_(files.size()), progress_("natstep", files.size()) {}

  void add(std::size_t item, Result result) {
    progress_.advance(remark(result));
    results_[item] = std::move(result);
  }
  void add_lost(std::size_t item, const std::string& why) {
    add(item, without_outcome(files_[item], Verdict::broken,
                              fmt::format("the worker process was {}", why)));
  }

  void move_into(Summary& summary) {
    progress_.clear();
    for (auto& result : results_) {
      if (!result)
        ++summary.not_run;
      else if (result->diagnostic.empty())
        summary.results.push_back(std::move(*result));
      else
        summary.not_parsed.push_back(std::move(result->diagnostic));
    }
  }

 private:
  static std::string remark(const Result& result) {
    if (!result.diagnostic.empty()) return fmt::format("not parsed {}", result.path);
    if (result.verdict == Verdict::agreed) return {};
    return fmt::format("{} {}", lower_case(result.verdict), result.path);
  }

  const std::vector<ScenarioFile>& files_;
  std::vector<std::optional<Result>> results_;
  Progress progress_;
};

/// What belongs on stderr. True when artefacts could not be written.
bool tell_errors(const Summary& summary) {
  bool troubled = false;
  for (const std::string& diagnostic : summary.not_parsed)
    fmt::print(stderr, "{}\n", diagnostic);
  for (const Result& result : summary.results) {
    if (result.trouble.empty()) continue;
    fmt::print(stderr, "natstep: {}: {}\n", result.path, result.trouble);
    troubled = true;
  }
  return troubled;
}

std::string print(const Summary& summary, const RunOptions& options, Detail detail) {
  switch (options.format) {
    case Format::json:
      return format_json(summary);
    case Format::ktap:
      return format_ktap(summary);
    case Format::junit:
      return format_junit(summary);
    case Format::html:
    case Format::text:
      break;
  }
  return format_text(summary, {.detail = detail, .colour = use_colour(options.colour)});
}

/// `--sweeps` adds every sweep to the paths, or to the corpus when there are none.
std::vector<std::string> paths_of(const RunOptions& options) {
  std::vector<std::string> paths = options.paths;
  if (!options.sweeps) return paths;
  if (paths.empty()) paths.push_back(find_corpus().native());
  paths.emplace_back(sweep_prefix);
  return paths;
}

/// What a table is made without, in one line for all that are left out for the same reason.
void tell_left_out(const Summary& summary) {
  std::map<std::pair<Verdict, std::string>, std::vector<std::string>> left_out;
  for (const Result& result : summary.results)
    if (result.verdict != Verdict::agreed && result.verdict != Verdict::deviation)
      left_out[{result.verdict, result.reason}].push_back(result.path);
  for (const auto& [why, paths] : left_out) {
    const std::string others =
        paths.size() == 1 ? " is" : fmt::format(" and {} others are", paths.size() - 1);
    fmt::print(stderr, "natstep: left out: {}{} {} ({})\n", paths.front(), others,
               lower_case(why.first), why.second);
  }
}

}  // namespace

JobOptions job_options(const RunOptions& options) {
  JobOptions job{.lockstep = options.lockstep.options(),
                 .minimise = options.minimise,
                 .twice = options.twice,
                 .out = options.out.empty() ? default_out : options.out,
                 .colour = options.format == Format::text && use_colour(options.colour)};
  if (options.kernel.is_running()) return job;
  job.guest = bootable_kernel(options.kernel);
  if (!options.lockstep.profile)
    job.lockstep.profile = model::profile_for_release(version_of(job.guest->kernel));
  return job;
}

Summary run_scenarios(const std::vector<ScenarioFile>& files, const JobOptions& job,
                      std::size_t jobs) {
  const auto began = std::chrono::steady_clock::now();
  Collector collector(files);
  const Order order = order_of(files);
  const RunnerEvents events{
      .done =
          [&](std::size_t item, const std::string& message) {
            collector.add(order.files[item], decode(message));
          },
      .lost = [&](std::size_t item,
                  const std::string& why) { collector.add_lost(order.files[item], why); }};
  const RunEnd end = run_items(files.size(), runner_options(order, job, jobs),
                               make_work(files, order, job), events);

  Summary summary{.kernel = job.guest ? guest_name(*job.guest) : kernel_name(),
                  .profile = job.lockstep.profile.name,
                  .version = std::string(version()),
                  .results = {},
                  .not_parsed = {},
                  .interrupted = end == RunEnd::interrupted};
  collector.move_into(summary);
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return summary;
}

Summary run_for_table(const RunOptions& options) {
  JobOptions job = job_options(options);
  job.out.clear();
  job.minimise = false;
  job.lockstep.other_profiles = true;
  Summary summary =
      run_scenarios(select_scenarios(options.paths, options.filter), job, options.usable_jobs());
  for (const std::string& diagnostic : summary.not_parsed)
    fmt::print(stderr, "{}\n", diagnostic);
  tell_left_out(summary);
  return summary;
}

int run_and_print(const RunOptions& options, Detail detail) {
  const std::vector<ScenarioFile> files = select_scenarios(paths_of(options), options.filter);
  if (!options.out.empty()) prepare_folder(options.out);
  const Summary summary = run_scenarios(files, job_options(options), options.usable_jobs());
  const bool troubled = tell_errors(summary);
  write_stdout(print(summary, options, detail));
  if (options.out.empty()) return summary.exit_status();
  write_file(std::filesystem::path(options.out) / "summary.json", format_json(summary));
  return troubled ? worse(summary.exit_status(), exit_status::failed) : summary.exit_status();
}

}  // namespace natstep::harness
