// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/field_diff.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

std::string value_or_dash(const std::string& value) {
  return value.empty() ? "-" : value;
}

/// The frames of one port, in the order in which they left.
template <typename Frames>
std::vector<wire::ByteView> on_port(const Frames& frames, model::PortId port) {
  std::vector<wire::ByteView> packets;
  for (const auto& frame : frames) {
    if (frame.port == port) packets.emplace_back(frame.bytes);
  }
  return packets;
}

void compare_frame(const StepView& view, const std::string& where, wire::ByteView model,
                   wire::ByteView kernel, Findings& findings) {
  if (std::ranges::equal(model, kernel)) return;
  for (const auto& row : field_rows(view.sent, model, kernel)) {
    if (!row.differs()) continue;
    findings.push_back({.aspect = Aspect::frames,
                        .subject = row.name + where,
                        .sent = value_or_dash(row.sent),
                        .model = value_or_dash(row.model),
                        .kernel = value_or_dash(row.kernel)});
  }
}

void compare_port(const StepView& view, model::PortId port, Findings& findings) {
  const auto model = on_port(view.prediction.frames, port);
  const auto kernel = on_port(view.observation.frames, port);
  const auto name = port_name(view.state.topology, port);
  for (std::size_t i = 0; i < std::max(model.size(), kernel.size()); ++i) {
    const auto where =
        i == 0 ? fmt::format(" on {}", name) : fmt::format(" on {}, frame {}", name, i + 1);
    if (i < model.size() && i < kernel.size()) {
      compare_frame(view, where, model[i], kernel[i], findings);
      continue;
    }
    findings.push_back({.aspect = Aspect::frames,
                        .subject = "frame" + where,
                        .model = i < model.size() ? packet_in_brief(model[i]) : "nothing",
                        .kernel = i < kernel.size() ? packet_in_brief(kernel[i]) : "nothing"});
  }
}

}  // namespace

void check_frames(const StepView& view, Findings& findings) {
  const auto ports = static_cast<model::PortId>(view.state.topology.ports.size());
  for (model::PortId port = 0; port < ports; ++port)
    compare_port(view, port, findings);
}

void check_choices(const StepView& view, Findings& findings) {
  for (const auto& choice : view.prediction.choices) {
    if (choice.permitted) continue;
    findings.push_back(
        {.aspect = Aspect::choices,
         .subject = fmt::format("choice left open by {}", model::info(choice.clause).id),
         .model = choice.allowed,
         .kernel = std::to_string(choice.value)});
  }
}

std::vector<netns::Frame> frames_of(const model::Prediction& prediction) {
  std::vector<netns::Frame> frames;
  for (const auto& frame : prediction.frames)
    frames.push_back({.port = frame.port, .bytes = frame.bytes});
  return frames;
}

}  // namespace natstep::harness
