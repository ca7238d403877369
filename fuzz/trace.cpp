// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/trace.h"

#include "fuzz/packet_layers.h"
#include "harness/lockstep/convert.h"

namespace natstep::fuzz {
namespace {

using harness::EntryPair;

const harness::Scenario no_scenario;
const harness::ScenarioStep no_line;
const netns::Observation nothing_observed;

std::vector<EntryPair> models_half(std::span<const netns::CtEntry> entries) {
  std::vector<EntryPair> pairs;
  pairs.reserve(entries.size());
  for (const auto& entry : entries)
    pairs.push_back({.model = entry, .kernel = {}});
  return pairs;
}

/// Only laws about quotes look at earlier steps.
std::vector<harness::StepRecord> earlier_steps(std::span<const Trace> traces) {
  std::vector<harness::StepRecord> steps;
  const wire::Bytes& last = traces.back().stimulus.bytes;
  if (!quotes_another(last, layers_of(last))) return steps;
  for (const Trace& trace : traces.first(traces.size() - 1)) {
    auto& record = steps.emplace_back();
    record.stimulus = trace.stimulus.bytes;
    for (const auto& frame : trace.prediction.frames)
      record.prediction.frames.push_back(frame);
  }
  return steps;
}

}  // namespace

void note_entries(const model::State& state, Trace& trace) {
  trace.entries.clear();
  trace.findings.clear();
  for (const auto* conn : state.conntrack.entries())
    trace.entries.push_back(harness::to_netns(*conn, state.topology.settings));
}

harness::Findings broken_laws(const model::State& state, std::span<const Trace> traces) {
  const Trace& trace = traces.back();
  const auto entries = models_half(trace.entries);
  const auto before =
      traces.size() < 2 ? std::vector<EntryPair>{} : models_half(traces[traces.size() - 2].entries);
  const auto earlier = earlier_steps(traces);
  harness::Findings findings;
  harness::check_laws({.scenario = no_scenario,
                       .line = no_line,
                       .sent = trace.stimulus.bytes,
                       .port = trace.stimulus.port,
                       .state = state,
                       .prediction = trace.prediction,
                       .observation = nothing_observed,
                       .entries = entries,
                       .before = before,
                       .earlier = earlier},
                      findings);
  return findings;
}

}  // namespace natstep::fuzz
