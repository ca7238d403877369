// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"
#include "harness/cli/select.h"
#include "harness/fleet/bisect.h"
#include "harness/fleet/debian_changelog.h"
#include "harness/fleet/debian_version.h"
#include "harness/fleet/fetch.h"
#include "harness/fleet/guest_worker.h"
#include "harness/fleet/matrix.h"
#include "harness/fleet/result_cache.h"
#include "harness/lockstep/behaviour.h"
#include "harness/report/output.h"
#include "netns/error.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct BisectOptions {
  std::string good;
  std::string bad;
  std::string path;
};

/// What a kernel steadily does in the scenario: it is asked twice in one boot.
Behaviour behaviour_on(const std::string& kernel, const ScenarioFile& file) {
  RunOptions run;
  run.kernel.name = kernel;
  JobOptions job = job_options(run);
  job.minimise = false;
  job.out.clear();
  job.watch = Watch::kernel_alone;
  const ResultCache cache;
  GuestWorker worker(job.guest, job);
  std::vector<Behaviour> seen;
  for (int round = 0; round < 2; ++round) {
    auto result = cache.find(job, file, round);
    if (!result) {
      result = worker.run(file);
      cache.keep(job, file, *result, round);
    }
    const std::string& why = result->diagnostic.empty() ? result->reason : result->diagnostic;
    // A kernel that warns goes on, and shows what it does.
    if (!result->diagnostic.empty() || result->behaviour.empty()) netns::throw_failed(why);
    seen.push_back(decode_behaviour(result->behaviour));
  }
  return settled(seen[0], seen[1]);
}

/// The packaged kernels from the one to the other, both included.
std::vector<PackagedKernel> row_between(const std::string& good, const std::string& bad) {
  const std::vector<PackagedKernel> all = available_kernels();
  const auto meant = [&](const std::string& wanted) {
    const Resolved resolved = resolve(all, wanted);
    if (!resolved.remark.empty()) throw UsageError("bisect: " + resolved.remark);
    return static_cast<std::size_t>(resolved.kernel - all.data());
  };
  const std::size_t from = meant(good);
  const std::size_t to = meant(bad);
  std::vector<PackagedKernel> row;
  for (std::size_t i = std::min(from, to); i <= std::max(from, to); ++i)
    if (all[i].problem.empty()) row.push_back(all[i]);
  if (row.size() < 2) throw UsageError("bisect: --good and --bad are the same kernel");
  if (from > to) std::ranges::reverse(row);
  return row;
}

class Bisection {
 public:
  Bisection(std::vector<PackagedKernel> row, ScenarioFile file)
      : row_(std::move(row)), file_(std::move(file)) {}

  int run() {
    first_ = look(0);
    last_ = look(row_.size() - 1);
    const auto difference = first_difference(first_, last_);
    if (!difference) {
      write_stdout(fmt::format("{} and {} do the same in {}\n", row_.front().version,
                               row_.back().version, file_.path));
      return exit_status::inconclusive;
    }
    const BisectResult result =
        bisect(row_.size(), [this](std::size_t kernel) { return probe(kernel); });
    write_stdout(text(result, *difference));
    return exit_status::agreed;
  }

 private:
  Behaviour look(std::size_t kernel) {
    fmt::print(stderr, "natstep: {}\n", row_[kernel].version);
    ++boots_;
    return behaviour_on(row_[kernel].version, file_);
  }

  Probe probe(std::size_t kernel) {
    try {
      const Behaviour behaviour = look(kernel);
      if (!first_difference(first_, behaviour)) return Probe::like_first;
      if (!first_difference(last_, behaviour)) return Probe::like_last;
    } catch (const netns::EnvironmentError& error) {
      fmt::print(stderr, "natstep: {} cannot be used: {}\n", row_[kernel].version, error.what());
    }
    return Probe::unusable;
  }

  /// To be pasted into a mail.
  [[nodiscard]] std::string text(const BisectResult& result,
                                 const BehaviourDifference& difference) const {
    const std::string& before = row_[result.before].version;
    const std::string& after = row_[result.after].version;
    std::string out =
        result.unusable.empty()
            ? fmt::format("The behaviour changes from Debian's kernel {} to {}.\n", before, after)
            : fmt::format(
                  "The behaviour changes somewhere from Debian's kernel {} to {}; {} "
                  "between them could not be used.\n",
                  before, after, result.unusable.size());
    out += fmt::format("\n  scenario  {}:{}\n  packet    {}\n", file_.path, difference.line,
                       difference.sent);
    const auto side = [&](const std::string& kernel, const std::vector<std::string>& seen) {
      if (seen.empty()) out += fmt::format("  {}: nothing of that\n", kernel);
      for (const std::string& sight : seen)
        out += fmt::format("  {}: {}\n", kernel, sight);
    };
    side(before, difference.left);
    side(after, difference.right);
    return out + upstream_changes(row_[result.before], row_[result.after]) +
           fmt::format("\nEvery kernel was asked twice; {} of {} were looked at.\n", boots_,
                       row_.size());
  }

  /// What the newer package's changelog says that touches netfilter.
  static std::string upstream_changes(const PackagedKernel& before, const PackagedKernel& after) {
    const bool forwards = compare_versions(before.version, after.version) < 0;
    const PackagedKernel& older = forwards ? before : after;
    const PackagedKernel& newer = forwards ? after : before;
    std::vector<std::string> changes;
    try {
      changes = netfilter_changes(fetch_changelog(newer), older.version, newer.version);
    } catch (const std::exception& error) {
      return fmt::format("\nThe changelog of {} cannot be had: {}\n", newer.version, error.what());
    }
    if (changes.empty())
      return fmt::format("\nThe changelog of {} names nothing that touches netfilter.\n",
                         newer.version);
    std::string out = fmt::format("\nThe changelog of {} names, of netfilter:\n", newer.version);
    for (const std::string& change : changes)
      out += fmt::format("  {}\n", change);
    return out;
  }

  std::vector<PackagedKernel> row_;
  ScenarioFile file_;
  Behaviour first_;
  Behaviour last_;
  std::size_t boots_ = 0;
};

}  // namespace

void add_bisect(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<BisectOptions>();
  CLI::App* command = program.add_subcommand(
      "bisect", "Find the packaged kernel that changed what happens in a scenario");
  command->add_option("FILE", options->path, "A scenario (.nat)")->required();
  command->add_option("--good", options->good, "A kernel before the change")
      ->type_name("VERSION")
      ->required();
  command->add_option("--bad", options->bad, "A kernel behind the change")
      ->type_name("VERSION")
      ->required();
  command->footer(
      "Kernels are compared with each other, not with the model: the two ends must differ.\n"
      "Example:\n"
      "  natstep bisect --good 6.12.43 --bad 6.12.117 "
      "corpus/tcp/inexact_reset_keeps_the_connection.nat\n");
  command->callback([&chosen, options] {
    chosen = [options] {
      const ScenarioFile file = select_scenarios({options->path}, {}).front();
      return Bisection(row_between(options->good, options->bad), file).run();
    };
  });
}

}  // namespace natstep::harness
