// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/engine.h"

#include "fuzz/box_parts.h"
#include "harness/finding/signature.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

/// A run with one set of likes and dislikes, and a handful of boxes.
constexpr std::uint64_t programs_per_epoch = 4000;
constexpr std::uint64_t programs_per_costly_epoch = 250;
constexpr std::size_t boxes_per_epoch = 6;
/// A law that was excused so often with the same clauses is looked at only now and then.
constexpr std::uint64_t excused_enough = 3;
/// And so is what went wrong in the same way with the same clauses.
constexpr std::uint64_t confirmed_enough = 3;
constexpr std::uint64_t look_again = 256;

harness::LockstepOptions with_taps(harness::LockstepOptions options) {
  options.taps = true;
  options.detail = model::WalkDetail::taps;
  options.keep_records = true;
  return options;
}

bool was_played(const harness::Outcome& outcome) {
  return outcome.verdict == harness::Verdict::agreed ||
         outcome.verdict == harness::Verdict::deviation;
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : options_(options), random_(options.seed), executor_(options.lockstep) {}

void Engine::begin_epoch() {
  swarm_ = Swarm::draw(random_);
  epoch_left_ = swarm_.costly ? programs_per_costly_epoch : programs_per_epoch;
  boxes_.clear();
  while (boxes_.size() < boxes_per_epoch) {
    const bool old = !corpus_.empty() && random_.one_in(2);
    BoxChoice box =
        old ? corpus_[random_.below(corpus_.size())].program.box : random_box(swarm_, random_);
    if (!swarm_.costly) make_cheap(box);
    boxes_.push_back(std::move(box));
  }
}

/// The latest are the most promising; and one whose box stands already is cheaper.
const CorpusEntry* Engine::choose_parent() {
  if (corpus_.empty()) return nullptr;
  const std::size_t recent = std::min<std::size_t>(corpus_.size(), 50);
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::size_t at = random_.one_in(2) ? corpus_.size() - 1 - random_.below(recent)
                                             : random_.below(corpus_.size());
    if (std::ranges::find(boxes_, corpus_[at].program.box) != boxes_.end()) return &corpus_[at];
  }
  return &corpus_[random_.below(corpus_.size())];
}

Program Engine::next_program(Lineage& lineage) {
  const CorpusEntry* parent = random_.one_in(8) ? nullptr : choose_parent();
  Program program = parent != nullptr ? parent->program : generate(swarm_, random_);
  if (parent != nullptr) lineage = parent->lineage;
  const CorpusEntry* other = choose_parent();
  const bool foreign = std::ranges::find(boxes_, program.box) == boxes_.end();
  if (foreign && !random_.one_in(64)) program.box = boxes_[random_.below(boxes_.size())];
  const BoxChoice before = program.box;
  mutate(program, other != nullptr ? other->program : program, swarm_, random_, lineage);
  const bool moved = std::ranges::find(boxes_, program.box) == boxes_.end();
  if (moved && !random_.one_in(64)) program.box = before;
  shorten(program);
  constexpr std::size_t most_names = 12;
  if (lineage.size() > most_names)
    lineage.erase(lineage.begin(), lineage.end() - static_cast<std::ptrdiff_t>(most_names));
  return program;
}

/// Long programs show nothing that short ones would not show sooner, but for talks with a helper;
/// and an event needs packets before it and behind.
void Engine::shorten(Program& program) {
  const auto events = std::ranges::count(program.ops, Source::event, &Op::source);
  const std::size_t usual =
      helped_by(program.box) ? 11 : 5 + std::min<std::size_t>(static_cast<std::size_t>(events), 3);
  const std::size_t most = random_.one_in(16) ? most_ops : usual;
  while (program.ops.size() > most) {
    erase(program, random_.below(program.ops.size()));
  }
}

void Engine::run_one() {
  if (epoch_left_ == 0) begin_epoch();
  --epoch_left_;
  Lineage lineage;
  Program program = next_program(lineage);
  play(std::move(program), std::move(lineage), swarm_.costly ? Costly::played : Costly::skipped);
}

harness::Outcome Engine::play_afresh(const harness::Scenario& scenario) {
  return play_afresh(scenario, with_taps(options_.lockstep));
}

harness::Outcome Engine::play_afresh(const harness::Scenario& scenario,
                                     const harness::LockstepOptions& options) {
  try {
    if (!confirming_) confirming_ = std::make_unique<netns::KernelDut>();
    confirming_->enter();
    return harness::run_scenario(scenario, *confirming_, options);
  } catch (const netns::EnvironmentError& error) {
    confirming_.reset();
    harness::Outcome broken;
    broken.verdict = harness::Verdict::broken;
    broken.reason = error.what();
    return broken;
  }
}

void Engine::watch(const harness::Scenario& scenario) {
  if (!executor_.sees_kernel()) return;
  harness::LockstepOptions options = with_taps(options_.lockstep);
  // Each step for itself: there is only so much room for where it went.
  options.mangle = [this](std::size_t, netns::Observation&) { executor_.look_where_others_went(); };
  executor_.look_where_others_went();
  clauses_ |= play_afresh(scenario, options).clauses;
  executor_.look_where_others_went();
  confirming_.reset();  // what the scenario set for the whole machine would bind other boxes, too
}

/// Whatever the run likes.
void Engine::take(const Program& program) {
  play(program, {}, Costly::played);
}

void Engine::play(Program program, Lineage lineage, Costly costly) {
  encode(program, encoded_);
  if (before_each) before_each(encoded_);
  const Execution& execution = executor_.run(program, features_, costly);
  ++counts_.executions;
  counts_.packets += execution.packets;
  clauses_ |= execution.clauses;
  switch (execution.ending) {
    case Ending::unusable:
      ++counts_.unusable;
      ++why_inconclusive_[execution.reason];
      return;
    case Ending::inconclusive:
      ++counts_.inconclusive;
      ++why_inconclusive_[execution.reason];
      break;
    case Ending::suspicious:
      ++counts_.suspicious;
      look_closer(program, lineage);
      break;
    case Ending::agreed:
      if (execution.law_broken) look_at_laws(program, lineage);
      break;
  }
  remember(program.box);
  if (map_.add(features_.numbers()) == 0) return;
  corpus_.push_back({.program = program, .lineage = lineage});
  new_entries_.push_back({.program = std::move(program), .lineage = std::move(lineage)});
}

void Engine::remember(const BoxChoice& box) {
  History& history = history_[box];
  history.programs[history.count++ % History::most] = encoded_;
  constexpr std::size_t most_boxes = 256;
  if (history_.size() > most_boxes) history_.erase(history_.begin());
}

/// The latest last.
std::vector<Program> Engine::remembered(const BoxChoice& box) const {
  std::vector<Program> programs;
  const auto found = history_.find(box);
  if (found == history_.end()) return programs;
  const History& history = found->second;
  const std::size_t held = std::min(history.count, History::most);
  for (std::size_t i = history.count - held; i < history.count; ++i)
    programs.push_back(decode(history.programs[i % History::most]));
  return programs;
}

bool Engine::is_excused(std::uint64_t law_key) {
  const auto found = excused_.find(law_key);
  return found != excused_.end() && found->second >= excused_enough && !random_.one_in(look_again);
}

/// Both sides agree and break a law: known deviations may do that.
void Engine::look_at_laws(const Program& program, const Lineage& lineage) {
  const std::uint64_t key = executor_.run_result().law_key;
  if (is_excused(key)) {
    ++counts_.excused;
  } else if (executor_.laws_are_excused()) {
    ++counts_.excused;
    ++excused_[key];
  } else {
    ++counts_.suspicious;
    look_closer(program, lineage);
  }
}

/// Leaves out packets as long as the same goes wrong: here a try costs next to nothing.
Program Engine::shrink(const Program& program) {
  const std::string reason = executor_.run_result().reason;
  const bool unseen = executor_.run_result().choice_unseen;
  Program small = program;
  Features unused;
  for (std::size_t at = program.ops.size(); at-- > 0 && small.ops.size() > 1;) {
    Program shorter = small;
    erase(shorter, at);
    const Execution& execution = executor_.run(shorter, unused);
    const bool same = execution.ending == Ending::suspicious
                          ? execution.reason == reason
                          : execution.law_broken && reason.empty() && !executor_.laws_are_excused();
    // What goes wrong for want of a choice that shows is another thing.
    if (same && execution.choice_unseen == unseen) small = std::move(shorter);
  }
  executor_.run(small, unused);
  return small;
}

/// What goes wrong like others before is looked at only now and then.
bool Engine::is_like_others() {
  auto& seen = confirmed_[executor_.likeness()];
  if (seen >= confirmed_enough && !random_.one_in(look_again)) return true;
  ++seen;
  return false;
}

/// Plays the last execution as anybody would, in a fresh box.
void Engine::look_closer(const Program& program, const Lineage& lineage) {
  const Execution execution = executor_.run_result();
  if (is_like_others()) {
    ++counts_.repeated;
    return;
  }
  Found found{.kind = Found::Kind::diverged, .program = shrink(program), .lineage = lineage};
  found.scenario = executor_.scenario();
  found.outcome = play_afresh(found.scenario);
  if (execution.chosen && found.outcome.verdict != harness::Verdict::diverged) {
    // The kernel may have chosen another port this time, of those that packets have anyway.
    found.scenario = executor_.scenario(Naming::all);
    found.outcome = play_afresh(found.scenario);
  }
  if (found.outcome.verdict == harness::Verdict::diverged) {
    const auto named = harness::signature_of(found.outcome);
    found.signature = named ? harness::to_string(*named) : std::string("diverged");
    return tell(std::move(found));
  }
  if (execution.choice_unseen || !was_played(found.outcome)) {
    ++counts_.unseen;
    return;
  }
  found.kind = Found::Kind::unrepeated;
  found.signature = fmt::format("unrepeated {}", execution.reason);
  found.before = remembered(program.box);
  tell(std::move(found));
}

void Engine::tell(Found found) {
  if (!told_.insert(found.signature).second) return;
  ++counts_.findings;
  new_findings_.push_back(std::move(found));
}

Counts Engine::counts() const {
  Counts counts = counts_;
  counts.boxes = executor_.boxes_made();
  counts.features = map_.seen();
  counts.clauses = clauses_.count();
  counts.corpus = corpus_.size();
  return counts;
}

}  // namespace natstep::fuzz
