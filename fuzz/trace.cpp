// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/trace.h"

#include "fuzz/packet_layers.h"

#include <utility>

namespace natstep::fuzz {
namespace {

using model::Direction;

harness::LawEntry law_entry(const model::Conn& conn) {
  return {.tuple = conn.tuple,
          .status = conn.status,
          .zone = {conn.zone.in(Direction::original), conn.zone.in(Direction::reply)},
          .helped = conn.help && conn.help->kind};
}

/// Status, protocol, and the tracker's own state.
FlowState flow_state(const model::Conn& conn) {
  constexpr std::uint8_t tcp = 6, sctp = 132;
  const model::Tuple& original = conn.tuple[0];
  const std::uint8_t tracker = original.protocol == tcp ? static_cast<std::uint8_t>(conn.tcp.state)
                               : original.protocol == sctp
                                   ? static_cast<std::uint8_t>(conn.sctp.state)
                               : conn.dccp ? static_cast<std::uint8_t>(conn.dccp->state)
                                           : std::uint8_t{0};
  return {
      .original = original,
      .zone = conn.zone.in(Direction::original),
      .state = std::uint64_t{conn.status} << 24 | std::uint64_t{original.protocol} << 16 | tracker};
}

}  // namespace

bool sends(const Trace& trace) {
  return !trace.stimulus.event && trace.stimulus.port == model::no_port;
}

model::Stimulus stimulus_of(const Trace& trace) {
  using enum model::Stimulus::Checksum;
  return {.kind = sends(trace) ? model::Stimulus::Kind::send : model::Stimulus::Kind::inject,
          .port = trace.stimulus.port,
          .packet = trace.stimulus.bytes,
          .checksum = trace.stimulus.offload ? partial : complete,
          .segment = trace.stimulus.segment};
}

harness::StepRecord record_of(const Trace& trace) {
  harness::StepRecord record;
  record.stimulus = trace.stimulus.bytes;
  if (sends(trace)) record.kind = model::Stimulus::Kind::send;
  record.offload = trace.stimulus.offload;
  record.segment = trace.stimulus.segment;
  record.event = trace.event;
  record.port = trace.stimulus.port;
  record.prediction = trace.prediction;
  record.findings = trace.findings;
  return record;
}

void note_entries(const model::State& state, Trace& trace) {
  trace.entries.clear();
  trace.states.clear();
  trace.findings.clear();
  for (const auto* conn : state.conntrack.entries()) {
    trace.entries.push_back(law_entry(*conn));
    trace.states.push_back(flow_state(*conn));
  }
}

/// With those that no one is shown: they serve replies only.
std::span<const harness::LawEntry> LawBench::entries_before(const model::State& state,
                                                            std::span<const Trace> traces) {
  std::span<const harness::LawEntry> before;
  if (traces.size() > 1) before = traces[traces.size() - 2].entries;
  const auto unshown = state.conntrack.reply_only_entries();
  if (unshown.empty()) return before;
  before_.assign(before.begin(), before.end());
  for (const auto* conn : unshown)
    before_.push_back(law_entry(*conn));
  return before_;
}

/// Only laws about quotes look at earlier steps.
void LawBench::gather_earlier(std::span<const Trace> traces) {
  earlier_.clear();
  const wire::Bytes& last = traces.back().stimulus.bytes;
  if (!quotes_another(last, layers_of(last))) return;
  for (const Trace& trace : traces.first(traces.size() - 1)) {
    if (trace.stimulus.offload) continue;  // the device has yet to make it what was sent
    for (const auto& frame : trace.prediction.frames)
      earlier_.push_back({.sent = trace.stimulus.bytes, .left = frame.bytes});
  }
}

void LawBench::judge(const model::State& state, const harness::RuleWrites& writes,
                     std::span<Trace> traces) {
  Trace& trace = traces.back();
  // Laws are about what was sent, which a device has yet to make of it.
  if (trace.stimulus.offload) return;
  gather_earlier(traces);
  frames_.clear();
  for (const auto& frame : trace.prediction.frames)
    frames_.emplace_back(frame.bytes);
  const harness::LawCase law_case{.sent = trace.stimulus.bytes,
                                  .injected = trace.stimulus.port != model::no_port,
                                  .forwarded = trace.prediction.fate == model::Fate::forwarded,
                                  .untracked = trace.prediction.untracked,
                                  .before = entries_before(state, traces),
                                  .after = trace.entries,
                                  .earlier = earlier_,
                                  .writes = writes};
  for (const auto& law : harness::laws())
    if (auto why = harness::broken(law, law_case, frames_))
      trace.findings.push_back({.aspect = harness::Aspect::laws,
                                .subject = std::string(law.name),
                                .model = *std::move(why),
                                .kernel = std::string(harness::law_holds)});
}

}  // namespace natstep::fuzz
