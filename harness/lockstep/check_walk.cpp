// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/field_diff.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

std::string place(model::Hook hook, std::int32_t priority) {
  return fmt::format("{} {}", model::to_string(hook), priority);
}

/// The kernel shows the loopback as no port of the box.
netns::PortId shown(model::PortId port) {
  return port == model::loopback_port ? netns::no_port : port;
}

bool same_ports(const model::WalkStep& model, const netns::TapRecord& kernel) {
  return shown(model.in) == kernel.in && shown(model.out) == kernel.out;
}

std::string ports_text(const StepView& view, netns::PortId in, netns::PortId out) {
  const auto name = [&](netns::PortId port) {
    return port == netns::no_port ? std::string("-") : port_name(view.state.topology, port);
  };
  return fmt::format("in {} out {}", name(in), name(out));
}

std::vector<const model::WalkStep*> taps_of(const model::Walk& walk) {
  std::vector<const model::WalkStep*> taps;
  for (const auto& step : walk) {
    if (step.actor == model::Actor::tap) taps.push_back(&step);
  }
  return taps;
}

bool same_place(const model::WalkStep& model, const netns::TapRecord& kernel) {
  return model.hook == to_model(kernel.hook) && model.priority == kernel.priority;
}

void report_places(const model::WalkStep* model, const netns::TapRecord* kernel,
                   Findings& findings) {
  findings.push_back({.aspect = Aspect::walk,
                      .subject = "the next tap that the packet passes",
                      .model = model ? place(model->hook, model->priority) : "none",
                      .kernel = kernel ? place(to_model(kernel->hook), kernel->priority) : "none"});
}

void report_bytes(const StepView& view, const model::WalkStep& model,
                  const netns::TapRecord& kernel, Findings& findings) {
  for (const auto& row : field_rows(view.sent, model.bytes, kernel.bytes)) {
    if (!row.differs()) continue;
    findings.push_back(
        {.aspect = Aspect::walk,
         .subject = fmt::format("{} at {}", row.name, place(model.hook, model.priority)),
         .sent = row.sent,
         .model = row.model,
         .kernel = row.kernel});
  }
}

void report_ports(const StepView& view, const model::WalkStep& model,
                  const netns::TapRecord& kernel, Findings& findings) {
  findings.push_back({.aspect = Aspect::walk,
                      .subject = fmt::format("ports at {}", place(model.hook, model.priority)),
                      .model = ports_text(view, shown(model.in), shown(model.out)),
                      .kernel = ports_text(view, kernel.in, kernel.out)});
}

}  // namespace

void check_walk(const StepView& view, Findings& findings) {
  const auto model = taps_of(view.prediction.walk);
  const auto& kernel = view.observation.taps;
  for (std::size_t i = 0; i < std::max(model.size(), kernel.size()); ++i) {
    const auto* m = i < model.size() ? model[i] : nullptr;
    const auto* k = i < kernel.size() ? &kernel[i] : nullptr;
    if (!m || !k || !same_place(*m, *k)) return report_places(m, k, findings);
    if (!same_ports(*m, *k)) return report_ports(view, *m, *k, findings);
    if (!std::ranges::equal(m->bytes, k->bytes)) return report_bytes(view, *m, *k, findings);
  }
}

}  // namespace natstep::harness
