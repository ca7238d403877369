// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/worker.h"

#include "fuzz/convert.h"
#include "fuzz/crash.h"
#include "fuzz/kernel_places.h"
#include "harness/campaign/campaign_state.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/finding/durable.h"
#include "harness/finding/finding_files.h"
#include "harness/finding/signature.h"
#include "harness/lockstep/bench.h"
#include "harness/lockstep/minimize.h"
#include "harness/scenario/scenario_text.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t programs_between_looks = 64;
constexpr std::chrono::seconds between_exchanges{5};
constexpr std::chrono::milliseconds time_for_bare_loop{300};
constexpr std::size_t runs_to_minimise = 150;

std::uint64_t seconds_since_the_epoch() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

/// Not for what expires after days.
constexpr std::uint64_t most_seconds_waited = 5;
std::uint64_t seconds_waited(const harness::Scenario& scenario) {
  std::uint64_t sum = 0;
  for (const auto& step : scenario.steps)
    sum += step.stimulus.wait;
  return sum;
}

/// How the program came about, for those who look for patterns in what is found.
std::string lineage_text(const Found& found) {
  return fmt::format("mutations  {}\nprogram    {}\n", fmt::join(found.lineage, ", "),
                     hex_of(found.program));
}

}  // namespace

Worker::Worker(const CampaignOptions& options, CampaignPage& page, std::size_t number,
               Clock::time_point began)
    : options_(options),
      page_(page),
      mine_(page.workers[number]),
      number_(number),
      began_(began),
      engine_({.lockstep = options.lockstep, .seed = options.seed + number * 0x9e3779b97f4a7c15u}),
      corpus_(options.shared_corpus.empty() ? options.out / "corpus" : options.shared_corpus),
      findings_(options.out, options.writer),
      deadly_(programs_of_crashes(options.out)) {
  engine_.before_each = [this](wire::ByteView encoded) {
    tell_program(mine_, encoded);
    if (before_each) before_each(encoded);
  };
}

/// What this machine's kernel does without anybody looking: the yardstick, in the same run.
void Worker::measure_bare_loop() {
  netns::KernelDut dut;
  const auto result =
      harness::bench(dut, {.profile = options_.lockstep.profile, .time = time_for_bare_loop});
  mine_.bare_established = result.established.bare;
  mine_.bare_new_flow = result.new_flow.bare;
}

void Worker::take(const Program& program) {
  if (!deadly_.empty() && deadly_.contains(name_of(program))) return;
  engine_.take(program);
  tell_how_it_goes();
}

void Worker::tell_how_it_goes() {
  tell_counts(mine_, engine_.counts(), engine_.clauses());
  tell_places(mine_, engine_.new_places());
}

void Worker::start_from_seeds() {
  for (const Program& program : corpus_.news()) {
    if (page_.stop) return;
    take(program);
  }
  if (options_.seeds.empty()) return;
  const auto files = harness::select_scenarios(options_.seeds, {});
  for (std::size_t i = number_; i < files.size() && !page_.stop; i += options_.jobs) {
    const auto scenario = harness::load_scenario(files[i].path);
    if (!scenario) continue;
    if (const auto program = program_of(*scenario)) {
      take(*program);
    } else if (seconds_waited(*scenario) <= most_seconds_waited) {
      engine_.watch(*scenario);
      tell_how_it_goes();
    }
  }
}

void Worker::run() {
  keep_or_count([this] {
    if (engine_.sees_kernel()) keep_symbols(options_.out);
  });
  if (number_ == 0) measure_bare_loop();
  mine_.ready = true;
  start_from_seeds();
  Clock::time_point exchanged = Clock::now();
  while (!page_.stop) {
    for (std::uint64_t i = 0; i < programs_between_looks && !page_.stop; ++i)
      engine_.run_one();
    keep_new_entries();
    write_findings();
    tell_how_it_goes();
    if (is_alone() || Clock::now() - exchanged < between_exchanges) continue;
    exchange();
    exchanged = Clock::now();
  }
  mine_.program_size = 0;
  keep_or_count([this] {
    harness::write_gave_up(options_.out, std::to_string(number_), engine_.why_inconclusive());
  });
}

/// For what the campaign can do without: a full disk does not end it.
void Worker::keep_or_count(const std::function<void()>& keep) {
  try {
    keep();
  } catch (const netns::EnvironmentError&) {
    ++mine_.lost_writes;
  }
}

/// Then the same seed finds the same.
bool Worker::is_alone() const {
  return options_.jobs == 1 && options_.shared_corpus.empty();
}

void Worker::exchange() {
  for (const Program& program : corpus_.news())
    take(program);
}

void Worker::keep_new_entries() {
  for (CorpusEntry& entry : engine_.new_entries())
    unwritten_entries_.push_back(std::move(entry.program));
  std::erase_if(unwritten_entries_,
                [this](const Program& program) { return corpus_.add(program); });
  if (!unwritten_entries_.empty()) ++mine_.lost_writes;
  note_news(engine_.counts());
}

void Worker::note_news(const Counts& counts) {
  if (counts.features == features_seen_) return;
  features_seen_ = counts.features;
  mine_.last_new_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count());
}

void Worker::write_findings() {
  for (Found& found : engine_.new_findings())
    unwritten_.push_back(std::move(found));
  while (!unwritten_.empty() && write(unwritten_.front()))
    unwritten_.pop_front();
}

/// False when the disk did not take it: it is tried again.
bool Worker::write(const Found& found) {
  try {
    if (found.kind == Found::Kind::unrepeated) {
      write_unrepeated(found);
      ++mine_.unrepeated;
      return true;
    }
    const auto signature = harness::signature_of(found.outcome);
    if (!signature) return true;
    std::vector<harness::FileOfFinding> files;
    if (!findings_.knows(*signature)) {
      const auto same = [&](const harness::Outcome& o) {
        return harness::signature_of(o) == signature;
      };
      // Who is told to end has no time to make it small, and may be killed if he takes it.
      const auto again = [this](const harness::Scenario& s) {
        return page_.stop ? harness::Outcome{} : engine_.play_afresh(s);
      };
      const auto small = harness::minimize_while(
          found.scenario, found.outcome, same, again,
          {.most_runs = runs_to_minimise, .pins = harness::Pins::leave_out});
      files = harness::files_of_finding(small.scenario, small.outcome,
                                        harness::report_context(options_.lockstep, false));
      files.push_back({.name = "lineage.txt", .content = lineage_text(found)});
    }
    if (findings_.add(*signature, files, seconds_since_the_epoch()) == harness::Added::is_new)
      ++mine_.findings;
    if (options_.until_found) page_.stop = true;
    return true;
  } catch (const netns::EnvironmentError&) {
    ++mine_.lost_writes;
    return false;
  }
}

/// The scenario agrees in a fresh box; what the box had been through comes along.
void Worker::write_unrepeated(const Found& found) {
  std::vector<harness::FileOfFinding> files{
      {.name = "scenario.nat", .content = harness::print_scenario(found.scenario)},
      {.name = "lineage.txt", .content = found.signature + "\n" + lineage_text(found)}};
  std::string before;
  for (const Program& program : found.before)
    before += hex_of(program) + "\n";
  files.push_back({.name = "before.txt", .content = std::move(before)});
  const auto folder = options_.out / "unrepeated" / name_of(found.program);
  if (std::filesystem::exists(folder)) return;
  harness::make_folder_durably(folder, options_.out / fmt::format(".aside.{}", number_), files);
}

}  // namespace natstep::fuzz
