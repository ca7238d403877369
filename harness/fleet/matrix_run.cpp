// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/matrix_run.h"

#include "harness/cli/runner.h"
#include "harness/cli/version.h"
#include "harness/fleet/guest_worker.h"
#include "harness/fleet/result_cache.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;

/// A guest spends some of its time waiting for what expires. One more of them than there are CPUs
/// keeps these busy.
constexpr std::size_t more_than_jobs = 1;
/// A whole corpus in emulation on a busy machine; a single scenario that hangs is noticed long
/// before by the guest's worker.
constexpr std::chrono::seconds patience_with_kernel{7200};

/// Of a packet of scenarios that a guest plays, what is known already.
class Column {
 public:
  Column(const KernelRun& run, const ResultCache& cache)
      : run_(run), cache_(cache), worker_(run.job.guest, run.job) {}

  std::string play() {
    const auto began = Clock::now();
    nlohmann::json results = nlohmann::json::array();
    for (const ScenarioFile& file : run_.files)
      results.push_back(nlohmann::json::binary(bytes_of(encode(result_of(file)))));
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const auto packed =
        nlohmann::json::to_cbor({{"seconds", seconds}, {"results", std::move(results)}});
    return {packed.begin(), packed.end()};
  }

 private:
  static std::vector<std::uint8_t> bytes_of(const std::string& text) {
    return {text.begin(), text.end()};
  }

  Result result_of(const ScenarioFile& file) {
    if (auto known = cache_.find(run_.job, file, run_.round)) return *std::move(known);
    Result result = worker_.run(file);
    cache_.keep(run_.job, file, result, run_.round);
    return result;
  }

  const KernelRun& run_;
  const ResultCache& cache_;
  GuestWorker worker_;
};

Summary summary_of(const KernelRun& run) {
  return {.kernel = guest_name(*run.job.guest),
          .profile = run.job.lockstep.profile.name,
          .version = std::string(version()),
          .results = {},
          .not_parsed = {}};
}

void unpack(const std::string& message, Summary& summary) {
  const auto packed = nlohmann::json::from_cbor(message);
  summary.seconds = packed.at("seconds").get<double>();
  for (const auto& each : packed.at("results")) {
    const auto& bytes = each.get_binary();
    Result result = decode({bytes.begin(), bytes.end()});
    if (result.diagnostic.empty())
      summary.results.push_back(std::move(result));
    else
      summary.not_parsed.push_back(std::move(result.diagnostic));
  }
}

void lose(const KernelRun& run, const std::string& why, Summary& summary) {
  for (const ScenarioFile& file : run.files)
    summary.results.push_back(without_outcome(file, Verdict::broken, "the worker was " + why));
}

}  // namespace

std::vector<Summary> run_on_kernels(const std::vector<KernelRun>& runs, std::size_t jobs) {
  const ResultCache cache;
  std::vector<Summary> summaries;
  for (const KernelRun& run : runs)
    summaries.push_back(summary_of(run));
  const RunnerEvents events{
      .done =
          [&](std::size_t item, const std::string& message) {
            unpack(message, summaries[item]);
            fmt::print(stderr, "natstep: {} done in {:.0f} s\n", runs[item].job.guest->kernel.name,
                       summaries[item].seconds);
          },
      .lost = [&](std::size_t item,
                  const std::string& why) { lose(runs[item], why, summaries[item]); }};
  const MakeWork make_work = [&]() -> Work {
    return [&](std::size_t item) { return Column(runs[item], cache).play(); };
  };
  const RunEnd end =
      run_items(runs.size(), {.jobs = jobs + more_than_jobs, .patience = patience_with_kernel},
                make_work, events);
  for (Summary& summary : summaries)
    summary.interrupted = end == RunEnd::interrupted;
  return summaries;
}

}  // namespace natstep::harness
