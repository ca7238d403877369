// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/play.h"

#include "harness/lockstep/blame.h"
#include "harness/lockstep/check.h"
#include "harness/lockstep/compare.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/deviation.h"
#include "harness/lockstep/events.h"
#include "harness/lockstep/expectations.h"
#include "harness/lockstep/feature_watch.h"
#include "harness/lockstep/prepare.h"
#include "harness/lockstep/resolve.h"
#include "harness/scapy/scapy.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <span>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

netns::Stimulus::Kind to_netns(model::Stimulus::Kind kind) {
  return kind == model::Stimulus::Kind::send ? netns::Stimulus::Kind::send
                                             : netns::Stimulus::Kind::inject;
}

/// Both sides' entries, paired by tuple. The kernel is asked for the model's entries and for those
/// that it announced itself.
std::vector<EntryPair> collect_entries(netns::Dut& dut, const model::State& state,
                                       const std::set<netns::CtTuple>& announced,
                                       std::uint64_t now) {
  std::vector<EntryPair> pairs;
  std::set<netns::CtTuple> seen;
  for (const auto* conn : state.conntrack.entries()) {
    auto shown = harness::to_netns(*conn, state.topology.settings);
    seen.insert(shown.original);
    auto kernel = dut.find_entry(shown.original, 0);
    // A reply tuple of another entry would answer as well; only the same direction is the same
    // entry.
    if (kernel && kernel->original != shown.original) kernel.reset();
    // One whose time is up is as good as gone, and the kernel removed it when it was asked.
    if (model::ConntrackTable::expired(*conn, now)) {
      if (kernel) pairs.push_back({.model = {}, .kernel = std::move(kernel)});
      continue;
    }
    pairs.push_back({.model = std::move(shown), .kernel = std::move(kernel)});
  }
  for (const auto& original : announced) {
    if (seen.contains(original)) continue;
    auto kernel = dut.find_entry(original, 0);
    if (kernel && kernel->original == original)
      pairs.push_back({.model = {}, .kernel = std::move(kernel)});
  }
  return pairs;
}

Scapy& witness() {
  const auto opened = scapy();
  if (!opened)
    throw netns::EnvironmentError(netns::EnvironmentError::Kind::missing, opened.error());
  return **opened;
}

/// The entries that the model had and has no more.
std::vector<netns::CtTuple> lost(const std::vector<EntryPair>& before, const model::State& state) {
  std::vector<netns::CtTuple> gone;
  for (const EntryPair& pair : before) {
    if (!pair.model) continue;
    const auto hit =
        state.conntrack.find_even_expired(to_model(pair.model->original), zone_of(*pair.model));
    if (hit.conn == nullptr) gone.push_back(pair.model->original);
  }
  return gone;
}

/// One run of one scenario.
class Player {
 public:
  Player(const Scenario& scenario, netns::Dut& dut, model::State& state,
         const LockstepOptions& options, Outcome& outcome)
      : scenario_(scenario),
        dut_(dut),
        state_(state),
        options_(options),
        outcome_(outcome),
        events_(scenario, dut),
        beginning_(beginning_of(state)),
        watch_(beginning_) {}

  void run() {
    for (std::size_t i = 0; i < scenario_.steps.size(); ++i) {
      if (!step(i)) break;
    }
    finish();
  }

 private:
  bool step(std::size_t index);
  void send(const ScenarioStep& line, StepRecord& record);
  [[nodiscard]] netns::ObserveOptions looks() const;
  bool happen(const ScenarioStep& line, StepRecord& record);
  bool give_up(const NotHappened& reason);
  void note_announced(const netns::Observation& observation);
  void observe(StepRecord& record, const BuiltStimulus& built);
  void predict(StepRecord& record);
  void compare_step(const ScenarioStep& line, StepRecord& record);
  bool conclude(std::size_t index, StepRecord& record);
  bool agreed(const StepRecord& record);
  bool inconclusive(std::string reason, SourcePos pos);
  [[nodiscard]] const std::vector<EntryPair>& entries_before() const;
  void finish();

  const Scenario& scenario_;
  netns::Dut& dut_;
  model::State& state_;
  const LockstepOptions& options_;
  Outcome& outcome_;
  EventRunner events_;
  model::State beginning_;
  DeviationWatch watch_;
  wire::Variables variables_;
  std::vector<StepRecord> records_;
  std::set<netns::CtTuple> announced_;
  std::uint64_t now_ = 0;  // seconds, as the script counts them
  /// Pins that need what this kernel lacks bind their variables and are silent otherwise.
  const bool pins_speak_ =
      std::ranges::all_of(scenario_.pins_need, [this](const std::string& name) {
        const auto need = model::parse_feature_need(name);
        return !need || need->met_by(state_.profile);
      });
  const bool attaches_helpers_ = attaches_helpers(state_.rules);  // else nothing is expected
  Clock::time_point started_ = Clock::now();
};

bool Player::step(std::size_t index) {
  const auto& line = scenario_.steps[index];
  auto& record = records_.emplace_back();
  record.pos = line.stimulus.pos;
  if (line.stimulus.wait != 0) dut_.pass_time(line.stimulus.wait);
  record.at = now_ += line.stimulus.wait;
  if (line.stimulus.event) {
    if (!happen(line, record)) return false;
  } else {
    send(line, record);
  }
  if (options_.mangle) options_.mangle(index, record.observation);
  if (record.observation.refused) {
    return inconclusive(
        fmt::format("the port does not take this packet: {}", *record.observation.refused),
        record.pos);
  }
  predict(record);
  if (record.prediction.unspecified)
    return inconclusive(*record.prediction.unspecified, record.pos);
  if (record.event) dut_.await_removal(lost(entries_before(), state_));
  compare_step(line, record);
  return conclude(index, record);
}

void Player::send(const ScenarioStep& line, StepRecord& record) {
  BuiltStimulus built = build_stimulus(line.stimulus, variables_);
  record.stimulus = std::move(built.bytes);
  record.offload = built.partial.has_value();
  record.segment = built.segments ? built.segments->payload : std::uint16_t{0};
  if (line.stimulus.kind == StimulusLine::Kind::send) {
    record.kind = model::Stimulus::Kind::send;
  } else {
    record.port = state_.topology.find_port(line.stimulus.port).value_or(model::no_port);
  }
  observe(record, built);
}

/// What is looked at behind every step. A released packet may be read by a helper, too.
netns::ObserveOptions Player::looks() const {
  return {.taps = options_.taps, .conntrack_events = true, .expectations = attaches_helpers_};
}

bool Player::happen(const ScenarioStep& line, StepRecord& record) {
  const netns::ObserveOptions what = looks();
  auto event = events_.run(line.stimulus, state_, variables_, what, record.observation);
  if (!event) return give_up(event.error());
  record.event = std::move(*event);
  note_announced(record.observation);
  return true;
}

bool Player::give_up(const NotHappened& reason) {
  if (const auto* unknown = std::get_if<Inconclusive>(&reason.why))
    return inconclusive(unknown->reason, unknown->pos);
  outcome_.diagnostic = std::get<Diagnostic>(reason.why);
  return false;
}

void Player::note_announced(const netns::Observation& observation) {
  for (const auto& event : observation.events) {
    if (event.kind == netns::CtEvent::Kind::created) announced_.insert(event.entry.original);
  }
}

void Player::observe(StepRecord& record, const BuiltStimulus& built) {
  const netns::ObserveOptions what = looks();
  dut_.apply({.kind = to_netns(record.kind),
              .port = record.port,
              .packet = record.stimulus,
              .partial = built.partial,
              .segments = built.segments},
             what, record.observation);
  note_announced(record.observation);
}

void Player::predict(StepRecord& record) {
  ObservationChooser chooser(record.observation);
  advance(state_, record, chooser, record.prediction);
  outcome_.clauses |= record.prediction.clauses;
  outcome_.packets += 1 + record.observation.frames.size();
}

void Player::compare_step(const ScenarioStep& line, StepRecord& record) {
  record.entries = collect_entries(dut_, state_, announced_, now_);
  const StepView view{.scenario = scenario_,
                      .line = line,
                      .sent = record.stimulus,
                      .port = record.port,
                      .state = state_,
                      .prediction = record.prediction,
                      .observation = record.observation,
                      .entries = record.entries,
                      .before = entries_before(),
                      .earlier = std::span(records_).first(records_.size() - 1),
                      .kernel_entry_count = dut_.entry_count(),
                      .at = record.at,
                      .elapsed_seconds = seconds_since(started_)};
  record.findings = compare(view, variables_);
  auto shortfalls = check_shoulds(view, variables_);
  std::ranges::move(shortfalls, std::back_inserter(outcome_.shortfalls));
  if (!pins_speak_)
    std::erase_if(record.findings, [](const Finding& f) { return f.aspect == Aspect::pins; });
  if (options_.scapy_witness) check_witness(view, witness(), record.findings);
  for (auto& finding : record.findings) {
    if (finding.pos.line == 0) finding.pos = record.pos;
  }
  record.triage = triage(view, record.findings);
}

/// Both sides agree, or break the same law by a clause that is known for it.
bool Player::agreed(const StepRecord& record) {
  if (!record.findings.empty() && !breaks_only_laws(record.findings)) return false;
  auto found = watch_.deviations_of_last(records_, outcome_.deviations);
  const bool excused = std::ranges::any_of(found, decides_verdict);
  if (!record.findings.empty() && !excused) return false;
  if (excused || !outcome_.shortfalls.empty()) outcome_.verdict = Verdict::deviation;
  if (options_.other_profiles) {
    for (auto& shown : found)
      shown.profiles = profiles_that_share(shown, records_, beginning_);
  }
  remember(outcome_.deviations, std::move(found));
  return true;
}

/// Whether to go on with the next step.
bool Player::conclude(std::size_t index, StepRecord& record) {
  if (agreed(record)) return true;
  outcome_.verdict = Verdict::diverged;
  outcome_.failed_step = index;
  record.clause = decisive_clause(records_, beginning_);
  record.prediction.walk =
      replay(records_, beginning_, state_.broken, model::WalkDetail::full).prediction.walk;
  return false;
}

const std::vector<EntryPair>& Player::entries_before() const {
  static const std::vector<EntryPair> none;
  return records_.size() < 2 ? none : records_[records_.size() - 2].entries;
}

bool Player::inconclusive(std::string reason, SourcePos pos) {
  outcome_.verdict = Verdict::inconclusive;
  outcome_.reason = std::move(reason);
  outcome_.reason_pos = pos;
  return false;
}

void Player::finish() {
  outcome_.pins_speak = pins_speak_;
  // What did not happen, or what the model cannot say, cannot be played to another model.
  if (outcome_.verdict != Verdict::inconclusive && !outcome_.diagnostic)
    outcome_.features = features_at_work(records_, beginning_, options_.asked);
  if (options_.keep_records || outcome_.verdict == Verdict::diverged) {
    outcome_.steps = std::move(records_);
  }
}

}  // namespace

void advance(model::State& state, const StepRecord& record, model::Chooser& chooser,
             model::Prediction& out) {
  if (record.event) return model::happen(state, *record.event, record.at, chooser, out);
  using enum model::Stimulus::Checksum;
  model::step(state,
              {.kind = record.kind,
               .port = record.port,
               .packet = record.stimulus,
               .checksum = record.offload ? partial : complete,
               .segment = record.segment,
               .at = record.at},
              chooser, out);
}

void play(const Scenario& scenario, netns::Dut& dut, model::State& state,
          const LockstepOptions& options, Outcome& outcome) {
  Player(scenario, dut, state, options, outcome).run();
}

Replay::Replay(const model::State& like, std::optional<model::Clause> broken) {
  state_.profile = like.profile;
  state_.topology = like.topology;
  state_.rules = like.rules;
  state_.broken = broken;
}

Replayed Replay::catch_up(std::span<const StepRecord> steps, model::WalkDetail detail) {
  Replayed result;
  while (played_ < steps.size()) {
    const auto& step = steps[played_++];
    state_.detail = played_ == steps.size() ? detail : model::WalkDetail::none;
    RecordedChooser chooser(step.prediction.choices);
    advance(state_, step, chooser, result.prediction);
  }
  for (const auto* conn : state_.conntrack.entries()) {
    result.entries.push_back(to_netns(*conn, state_.topology.settings));
  }
  return result;
}

Replayed replay(const std::vector<StepRecord>& steps, const model::State& like,
                std::optional<model::Clause> broken, model::WalkDetail detail) {
  return Replay(like, broken).catch_up(steps, detail);
}

}  // namespace natstep::harness
