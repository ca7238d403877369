// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/executor.h"

#include "fuzz/box_parts.h"
#include "fuzz/convert.h"
#include "fuzz/device_work.h"
#include "fuzz/events.h"
#include "fuzz/packet_layers.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/deviation.h"
#include "harness/lockstep/resolve.h"
#include "harness/report/entry_text.h"
#include "model/clause_names.h"
#include "model/conntrack/tuple.h"

#include <algorithm>
#include <functional>

namespace natstep::fuzz {
namespace {

using harness::EntryPair;

/// ip_error: so many a source may hear, and one more a second.
constexpr std::uint64_t most_complaints = 5;

/// The frames of each port in their order, whatever the order between ports.
bool same_frames(const model::FrameList& model, const std::vector<netns::Frame>& kernel) {
  if (model.size() != kernel.size()) return false;
  if (model.size() == 1)
    return model[0].port == kernel[0].port && model[0].bytes == kernel[0].bytes;
  std::array<std::size_t, 8> next{};  // of the kernel's frames, by port
  for (const model::Frame& frame : model) {
    std::size_t& at = next[frame.port % next.size()];
    while (at < kernel.size() && kernel[at].port != frame.port)
      ++at;
    if (at == kernel.size() || kernel[at].bytes != frame.bytes) return false;
    ++at;
  }
  return true;
}

bool all_permitted(const model::Prediction& prediction) {
  return std::ranges::all_of(prediction.choices, &model::BoundChoice::permitted);
}

/// What entry_rows compares, without a word.
bool same_entry(const netns::CtEntry& model, const netns::CtEntry& kernel, double elapsed) {
  const auto window = harness::timeout_window(model.timeout.value_or(0), elapsed);
  const std::uint32_t left = kernel.timeout.value_or(0);
  return model.original == kernel.original && model.reply == kernel.reply &&
         model.status == kernel.status && kernel.timeout && left >= window.low &&
         left <= window.high && model.mark.value_or(0) == kernel.mark.value_or(0) &&
         model.labels == kernel.labels && model.helper == kernel.helper &&
         model.tcp_state == kernel.tcp_state && model.tcp_wscale == kernel.tcp_wscale &&
         model.tcp_flags == kernel.tcp_flags && model.sctp_state == kernel.sctp_state &&
         model.sctp_vtag == kernel.sctp_vtag && model.dccp_state == kernel.dccp_state &&
         model.dccp_role == kernel.dccp_role &&
         model.dccp_handshake_seq == kernel.dccp_handshake_seq &&
         model.counters == kernel.counters && model.seq_adjust == kernel.seq_adjust;
}

/// The checkers' own answer, where the two are not equal bit by bit.
bool differs(const netns::CtEntry& model, const netns::CtEntry& kernel, double elapsed) {
  const auto rows = harness::entry_rows({.model = model, .kernel = kernel}, elapsed);
  return std::ranges::any_of(rows, &harness::EntryRow::differs);
}

std::optional<netns::CtEntry> entry_in(std::span<const netns::CtEntry> entries,
                                       const netns::CtTuple& original) {
  const auto found = std::ranges::find(entries, original, &netns::CtEntry::original);
  return found == entries.end() ? std::nullopt : std::optional(*found);
}

bool same_expectations(const model::State& state, const Trace& trace) {
  static const harness::Scenario no_scenario;
  static const harness::ScenarioStep no_line;
  static const std::vector<EntryPair> no_entries;
  harness::Findings findings;
  harness::check_expectations({.scenario = no_scenario,
                               .line = no_line,
                               .sent = trace.stimulus.bytes,
                               .port = trace.stimulus.port,
                               .state = state,
                               .prediction = trace.prediction,
                               .observation = trace.observation,
                               .entries = no_entries,
                               .before = no_entries},
                              findings);
  return findings.empty();
}

/// Which law, and which clauses that are known to deviate were reached.
std::uint64_t key_of(const harness::Findings& findings, const model::ClauseSet& clauses) {
  std::size_t key = 0;
  for (const auto& finding : findings)
    key = key * 31 + std::hash<std::string>{}(finding.subject);
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    if (clauses[i] && model::clauses()[i].conformance == model::Conformance::deviates)
      key = key * 1000003 + i;
  }
  return key | 1;
}

}  // namespace

Executor::Executor(const harness::LockstepOptions& options)
    : options_(options), boxes_([&] {
        harness::LockstepOptions fast = options;
        fast.taps = false;
        fast.detail = model::WalkDetail::none;
        return fast;
      }()) {
  past_.reserve(most_ops);
}

const Execution& Executor::run(const Program& program, Features& features, Costly costly) {
  costly_ = costly;
  if (box_is_spent_) boxes_.give_up(*box_);
  box_is_spent_ = false;
  box_ = &boxes_.get(reduced(program.box));
  attempt(program, features);
  const bool guessed = execution_.chosen || execution_.another_entry;
  if (execution_.ending != Ending::suspicious || !guessed || box_is_spent_) return execution_;
  listens_ = true;
  another_entry_ = execution_.another_entry;
  attempt(program, features);
  listens_ = another_entry_ = false;
  return execution_;
}

void Executor::attempt(const Program& program, Features& features) {
  execution_ = {};
  features.clear();
  past_.clear();
  played_ = 0;
  if (!box_->unusable.empty()) {
    execution_.ending = Ending::unusable;
    execution_.reason = box_->unusable;
    return;
  }
  box_is_spent_ = box_->remembers;
  events_.begin(*box_);
  started_ = std::chrono::steady_clock::now();
  if (kcov_) kcov_->begin();
  for (const Op& op : program.ops) {
    if (!step(op, features)) break;
  }
  if (kcov_) kernel_trace_.add(kcov_->addresses(), features);
  if (execution_.ending == Ending::agreed) compare_entries();
  reset();
  execution_.law_broken = execution_.ending == Ending::agreed && execution_.law_key != 0;
  if (played_ == 0) execution_.ending = Ending::unusable;
}

void Executor::look_where_others_went() {
  if (!kcov_) return;
  kernel_trace_.add_places(kcov_->addresses());
  kcov_->begin();
}

/// Whether to go on.
bool Executor::step(const Op& op, Features& features) {
  if (box_->complaints >= most_complaints) return false;
  Trace& trace = traces_[played_];
  trace.stimulus = forge(op, past_, box_->state.topology);
  trace.event.reset();
  const Went went = trace.stimulus.event ? let_happen(op, trace) : put_in(op, trace);
  if (went != Went::on) return went == Went::nowhere;
  ++played_;
  execution_.clauses |= trace.prediction.clauses;
  execution_.packets += (trace.event ? 0 : 1) + trace.observation.frames.size();
  if (trace.prediction.unspecified) {
    give_up(*trace.prediction.unspecified);
    return false;
  }
  past_.push_back({.stimulus = trace.stimulus.bytes,
                   .port = trace.stimulus.port,
                   .frames = trace.observation.frames});
  if (!compare_step(trace)) return false;
  features.add_step(trace.prediction, trace.stimulus.bytes, trace.states);
  return true;
}

Executor::Went Executor::let_happen(const Op& op, Trace& trace) {
  const bool dear = costs_a_box(op);
  if (dear && costly_ == Costly::skipped) return Went::nowhere;
  box_is_spent_ = box_is_spent_ || dear;
  switch (events_.let_happen(op, listens_, trace)) {
    case EventPlayer::Came::about:
      return Went::on;
    case EventPlayer::Came::not_at_all:
      return Went::nowhere;
    case EventPlayer::Came::not_understood:
      break;
  }
  return give_up("the model does not understand the rules that an event brings");
}

Executor::Went Executor::put_in(const Op& op, Trace& trace) {
  const bool fragment = layers_of(trace.stimulus.bytes).fragment;
  if (trace.stimulus.bytes.empty() || (fragment && costly_ == Costly::skipped))
    return Went::nowhere;
  box_is_spent_ = box_is_spent_ || fragment;
  const Went went = apply(op, trace);
  if (went != Went::on) return went;
  count_complaints(trace.prediction);
  note_lessons(trace);
  return went;
}

/// What a port does not take is not there. The box's own may be refused behind the hooks, as where
/// NAT sends it a way that is too narrow for it.
Executor::Went Executor::refused(Trace& trace) {
  if (!sends(trace)) return Went::nowhere;
  trace.prediction = {};
  ++played_;
  return give_up("the port does not take this packet: " + *trace.observation.refused);
}

Executor::Went Executor::give_up(std::string reason) {
  execution_.ending = Ending::inconclusive;
  execution_.reason = std::move(reason);
  return Went::wrong;
}

/// What the box sends to itself is delivered, too, and what waits may be.
void Executor::note_lessons(const Trace& trace) {
  const model::Fate fate = trace.prediction.fate;
  const bool delivered =
      fate == model::Fate::delivered || fate == model::Fate::queued || sends(trace);
  box_is_spent_ = box_is_spent_ || (delivered && teaches_a_route(trace.stimulus.bytes));
}

/// ip_error: a source that was told five times that there is no way is told no more for a while.
void Executor::count_complaints(const model::Prediction& prediction) {
  using enum model::Clause;
  for (const auto clause : {no_route_is_net_unreachable, unreachable_route_is_host_unreachable,
                            prohibit_route_is_filtered}) {
    if (prediction.clauses[static_cast<std::size_t>(clause)]) ++box_->complaints;
  }
  box_is_spent_ = box_is_spent_ || box_->complaints >= most_complaints;
}

/// One packet through both sides.
Executor::Went Executor::apply(const Op& op, Trace& trace) {
  const Segments segments = box_->queues ? Segments::one : Segments::many;
  const DeviceWork work =
      offloads(box_->choice) ? leave_to_device(op, segments, trace.stimulus) : DeviceWork{};
  const model::Stimulus stimulus = stimulus_of(trace);
  const bool own = sends(trace);
  if (own) box_->dut->enter();
  box_->dut->apply({.kind = own ? netns::Stimulus::Kind::send : netns::Stimulus::Kind::inject,
                    .port = stimulus.port,
                    .packet = stimulus.packet,
                    .partial = work.partial,
                    .segments = work.segments},
                   {.conntrack_events = listens_, .expectations = box_->expects},
                   trace.observation);
  if (trace.observation.refused) return refused(trace);
  harness::ObservationChooser chooser(trace.observation);
  model::step(box_->state, stimulus, chooser, trace.prediction);
  return Went::on;
}

/// The same for executions that went wrong in the same aspect, on a packet about which the model
/// says the same.
std::uint64_t Executor::likeness() const {
  std::size_t hash = std::hash<std::string>{}(execution_.reason) + execution_.law_key;
  if (played_ == 0) return hash;
  const Trace& last = traces_[played_ - 1];
  hash = hash * 31 + std::hash<model::ClauseSet>{}(last.prediction.clauses);
  return hash * 31 + static_cast<std::size_t>(last.prediction.fate);
}

bool Executor::suspect(std::string_view aspect) {
  execution_.ending = Ending::suspicious;
  execution_.reason = aspect;
  return false;
}

bool Executor::compare_step(Trace& trace) {
  for (const auto& choice : trace.prediction.choices)
    execution_.choice_unseen = execution_.choice_unseen || !choice.observed;
  execution_.chosen = execution_.chosen || !trace.prediction.choices.empty();
  if (!same_frames(trace.prediction.frames, trace.observation.frames)) return suspect("frames");
  if (!all_permitted(trace.prediction)) return suspect("choices");
  return judge(trace);
}

bool Executor::judge(Trace& trace) {
  note_entries(box_->state, trace);
  if (box_->expects && !same_expectations(box_->state, trace)) return suspect("expectations");
  // A law may be broken by what is known to deviate: the program goes on, and is looked at later.
  laws_.judge(box_->state, box_->writes, {traces_.data(), played_});
  if (!trace.findings.empty()) execution_.law_key = key_of(trace.findings, execution_.clauses);
  return true;
}

/// Whether clauses that are known to deviate decided each step that breaks a law, as `natstep run`
/// asks it.
bool Executor::laws_are_excused() const {
  harness::DeviationWatch watch(box_->beginning);
  std::vector<harness::StepRecord> records;
  for (const Trace& trace : traces()) {
    records.push_back(record_of(trace));
    const auto shown = watch.deviations_of_last(records, {});
    if (!trace.findings.empty() && std::ranges::none_of(shown, harness::decides_verdict))
      return false;
  }
  return true;
}

void Executor::compare_entries() {
  taken_ = {};
  tuples_.clear();
  if (played_ == 0) return;
  if (!compare_expired()) suspect("conntrack");
  models_.clear();
  for (const auto* conn : box_->state.conntrack.entries())
    if (!model::ConntrackTable::expired(*conn, 0))
      models_.push_back(harness::to_netns(*conn, box_->state.topology.settings));
  for (const auto& entry : models_)
    tuples_.push_back(entry.original);
  const std::size_t expected = harness::entries_counted(box_->state, 0);
  const auto dumped = another_entry_ ? box_->dut->dump() : std::vector<netns::CtEntry>();
  box_->dut->take_entries(tuples_, taken_);
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  if (taken_.count_before != expected) suspect("conntrack");
  for (std::size_t i = 0; i < models_.size(); ++i) {
    if (another_entry_) taken_.entries[i] = entry_in(dumped, models_[i].original);
    const auto& kernel = taken_.entries[i];
    if (kernel && kernel->original != models_[i].original) execution_.another_entry = true;
    if (kernel && same_entry(models_[i], *kernel, elapsed)) continue;
    if (!kernel || differs(models_[i], *kernel, elapsed)) suspect("conntrack");
  }
}

/// An entry whose time is up is gone once somebody asks for it.
bool Executor::compare_expired() {
  for (const auto* conn : box_->state.conntrack.entries()) {
    if (!model::ConntrackTable::expired(*conn, 0)) continue;
    const auto original = harness::to_netns(conn->of(model::Direction::original));
    const auto kernel = box_->dut->find_entry(original, conn->zone.in(model::Direction::original));
    if (kernel && kernel->original == original) return false;
  }
  return true;
}

/// What the program may have made, as far as it can be told without looking: the model's entries,
/// and those that its packets would make where the model gave up.
void Executor::guess_what_is_left() {
  tuples_.clear();
  for (const auto* conn : box_->state.conntrack.entries())
    tuples_.push_back(harness::to_netns(*conn, box_->state.topology.settings).original);
  for (const Trace& trace : traces())
    if (const auto tuple = model::tuple_of(trace.stimulus.bytes))
      tuples_.push_back(harness::to_netns(*tuple));
}

/// What the kernel has and nobody knows: walks all of the kernel's hash.
void Executor::remove_the_rest() {
  tuples_.clear();
  for (const auto& entry : box_->dut->dump())
    tuples_.push_back(entry.original);
  box_->dut->take_entries(tuples_, taken_);
}

/// Takes away what the program left on both sides.
void Executor::reset() {
  if (execution_.ending != Ending::agreed) {
    guess_what_is_left();
    box_->dut->take_entries(tuples_, taken_);
  }
  const bool back = events_.put_back();
  if (box_->queues) taken_.count_after = box_->dut->entry_count();
  box_is_spent_ = box_is_spent_ || !back;
  if (taken_.count_after != 0 && !box_is_spent_) remove_the_rest();
  ++box_->programs;
  box_is_spent_ = box_is_spent_ || taken_.count_after != 0;
  box_->state.conntrack.clear();
  box_->state.reassembly = {};
  box_->state.held.clear();
  box_->state.meters.clear();
}

harness::Scenario Executor::scenario(Naming naming) const {
  return scenario_of(box_->base, traces(), naming);
}

}  // namespace natstep::fuzz
