// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/event_player.h"

#include "fuzz/events.h"
#include "fuzz/packet_layers.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/play.h"
#include "harness/lockstep/resolve.h"
#include "model/event.h"
#include "model/held.h"
#include "netns/sysctl.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace natstep::fuzz {
namespace {

std::vector<netns::CtTuple> originals_of(const model::State& state) {
  std::vector<netns::CtTuple> tuples;
  for (const auto* conn : state.conntrack.entries())
    tuples.push_back(harness::to_netns(*conn, state.topology.settings).original);
  return tuples;
}

/// A mapping is written in vain where no rule of NAT brings the hooks that would make it.
bool maps_for_nobody(const harness::Event& event, const model::Ruleset& rules) {
  const auto* written = std::get_if<harness::WriteEntryEvent>(&event);
  if (written == nullptr) return false;
  const bool maps = written->source || written->destination;
  return maps && (!rules.ipv4.nat || !rules.ipv6.nat);
}

/// User space may write what it likes into a packet that waits; but one between others would be a
/// packet that came another way.
bool comes_from_elsewhere(const harness::Event& event, const model::State& state) {
  const auto* release = std::get_if<harness::ReleaseEvent>(&event);
  if (release == nullptr || !release->packet) return false;
  const auto first = std::ranges::find(state.held, release->queue,
                                       [](const auto& held) { return held->packet.queue; });
  if (first == state.held.end()) return true;
  const wire::Bytes &now = release->packet->bytes, &then = (*first)->packet.bytes;
  const auto family = layers_of(then).family;
  return layers_of(now).family != family || source_of(now, family) != source_of(then, family) ||
         destination_of(now, family) != destination_of(then, family);
}

bool failed(const harness::NotHappened& reason) {
  return std::holds_alternative<harness::Inconclusive>(reason.why);
}

}  // namespace

void EventPlayer::begin(FastBox& box) {
  box_ = &box;
  runner_.reset();
}

void EventPlayer::remember(const harness::Event& event) {
  const auto* setting = std::get_if<harness::SysctlLine>(&event);
  if (setting == nullptr) return;
  if (auto value = netns::read_sysctl(setting->key))
    old_settings_.push_back({.key = setting->key, .value = *std::move(value)});
}

/// Some entries go in the kernel's own time, which those who listen are told of.
void EventPlayer::await_removal(const std::vector<netns::CtTuple>& before) const {
  std::vector<netns::CtTuple> gone;
  for (const auto& tuple : before) {
    if (box_->state.conntrack.find_even_expired(harness::to_model(tuple), tuple.zone).conn ==
        nullptr)
      gone.push_back(tuple);
  }
  box_->dut->await_removal(gone);
}

EventPlayer::Came EventPlayer::let_happen(const Op& op, bool listens, Trace& trace) {
  const harness::Event& wanted = *trace.stimulus.event;
  if (maps_for_nobody(wanted, box_->state.rules) || comes_from_elsewhere(wanted, box_->state))
    return Came::not_at_all;
  const bool dear = costs_a_box(op);
  box_->dut->enter();
  if (!runner_) runner_.emplace(box_->base, *box_->dut);
  remember(wanted);
  const harness::StimulusLine line{.kind = harness::StimulusLine::Kind::event,
                                   .event = trace.stimulus.event};
  auto event = runner_->run(line, box_->state, {},
                            {.conntrack_events = listens || dear, .expectations = box_->expects},
                            trace.observation);
  if (!event) return failed(event.error()) ? Came::not_understood : Came::not_at_all;
  trace.event = *std::move(event);
  const auto before = dear ? originals_of(box_->state) : std::vector<netns::CtTuple>();
  harness::ObservationChooser chooser(trace.observation);
  model::happen(box_->state, *trace.event, 0, chooser, trace.prediction);
  if (dear) await_removal(before);
  if (std::holds_alternative<model::RulesChanged>(*trace.event))
    box_->writes = harness::writes_of(box_->state.rules);
  return Came::about;
}

bool EventPlayer::put_back() {
  if (old_settings_.empty() && !box_->queues) return true;
  box_->dut->enter();
  bool done = true;
  for (const auto& [key, value] : old_settings_ | std::views::reverse)
    done = !netns::write_sysctl(key, value) && done;
  if (!old_settings_.empty()) box_->state.topology.settings = box_->beginning.topology.settings;
  old_settings_.clear();
  if (box_->queues) box_->dut->drop_held();
  return done;
}

}  // namespace natstep::fuzz
