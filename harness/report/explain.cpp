// SPDX-License-Identifier: GPL-2.0-or-later
// `natstep explain`: the walk of every step, model and kernel side by side, with the bytes that
// change.
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/report/entry_text.h"
#include "harness/report/report.h"
#include "harness/report/table.h"
#include "harness/report/walk_table.h"
#include "model/hook_names.h"
#include "model/wire/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

std::string stimulus_line(const Scenario& scenario, const StimulusLine& line,
                          const StepRecord& step) {
  if (line.event) {
    const std::string text = print_event(*line.event, scenario.topology);
    return text.substr(0, text.find('\n'));
  }
  const auto packet = wire::print_packet(step.stimulus);
  if (step.kind == model::Stimulus::Kind::send) return "send " + packet;
  return fmt::format("in {} {}", port_name(scenario.topology, step.port), packet);
}

/// The checksum around a translated quote is summed up anew by who translates the quote.
std::string_view writer_of(const FieldChange& change, const WalkRow& row,
                           const model::Profile& profile) {
  const bool quotes = std::ranges::any_of(row.changes, [](const FieldChange& other) {
    return other.name.find(".embedded.") != std::string::npos;
  });
  if (quotes && change.name == "icmp.checksum") return "nf_nat_icmp_reply_translation";
  return model::manip_function_name(profile, change.name);
}

/// "udp.dst_port   9999 -> 22   by udp_manip_pkt": who wrote is said where NAT did.
std::vector<std::string> change_lines(const WalkRow& row, const model::Profile& profile) {
  std::size_t name_width = 0, change_width = 0;
  std::vector<std::string> values;
  for (const auto& change : row.changes) {
    values.push_back(fmt::format("{} -> {}", change.before, change.after));
    name_width = std::max(name_width, change.name.size());
    change_width = std::max(change_width, values.back().size());
  }
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& change = row.changes[i];
    auto line = fmt::format("{:<{}}  {}", change.name, name_width, values[i]);
    if (row.step->actor == model::Actor::nat) {
      line += fmt::format("{:{}}  by {}", "", change_width - values[i].size(),
                          writer_of(change, row, profile));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string walk_table(const StepRecord& step, Speakers speakers, const model::Profile& profile) {
  const bool alone = speakers == Speakers::model_alone;
  Table table;
  std::vector<std::string> heading{"hook", "priority", "kernel function", "model"};
  if (!alone) heading.emplace_back("kernel");
  table.row(std::move(heading));
  std::uint32_t packet = 0;
  for (const auto& row : walk_rows(step)) {
    if (row.step->packet != packet) {
      packet = row.step->packet;
      table.note(0, packet == 0 ? "the stimulus again"
                                : fmt::format("packet {} of the box's own", packet));
    }
    std::vector<std::string> cells{std::string(model::to_string(row.step->hook)),
                                   priority_text(*row.step), row.who, row.what};
    if (!alone) cells.push_back(row.kernel);
    row.differs && !alone ? table.marked(std::move(cells)) : table.row(std::move(cells));
    for (const auto& line : change_lines(row, profile))
      table.note(4, line);
  }
  return table.print();
}

std::string frame_line(const Scenario& scenario, std::string_view who, model::PortId port,
                       wire::ByteView bytes) {
  return labelled(
      who, fmt::format("out {} {}", port_name(scenario.topology, port), wire::print_packet(bytes)));
}

std::string model_frame_lines(const Scenario& scenario, const StepRecord& step) {
  std::string out;
  for (const auto& frame : frames_of(step.prediction))
    out += frame_line(scenario, "model", frame.port, frame.bytes);
  if (!out.empty()) return out;
  return labelled("model",
                  fmt::format("nothing leaves: {}{}{}", model::to_string(step.prediction.fate),
                              step.prediction.reason.empty() ? "" : ", ", step.prediction.reason));
}

std::string frame_lines(const Scenario& scenario, const StepRecord& step) {
  const auto model = frames_of(step.prediction);
  const auto& kernel = step.observation.frames;
  const auto same = [](const netns::Frame& l, const netns::Frame& r) {
    return l.port == r.port && l.bytes == r.bytes;
  };
  const bool equal = std::equal(model.begin(), model.end(), kernel.begin(), kernel.end(), same);
  std::string out;
  for (const auto& frame : model)
    out += frame_line(scenario, equal ? "both" : "model", frame.port, frame.bytes);
  if (!equal) {
    for (const auto& frame : kernel)
      out += frame_line(scenario, "kernel", frame.port, frame.bytes);
  }
  if (model.empty() && equal) {
    out += labelled(
        "both", fmt::format("nothing leaves: {}{}{}", model::to_string(step.prediction.fate),
                            step.prediction.reason.empty() ? "" : ", ", step.prediction.reason));
  }
  return out;
}

std::string entry_lines(const StepRecord& step) {
  std::string out;
  for (const auto& pair : step.entries) {
    if (pair.model) out += labelled(pair.kernel ? "entry" : "model only", to_string(*pair.model));
    if (!pair.model && pair.kernel) out += labelled("kernel only", to_string(*pair.kernel), 13);
  }
  return out;
}

std::string choice_lines(const StepRecord& step) {
  std::string out;
  for (const auto& choice : step.prediction.choices) {
    out += labelled("choice", fmt::format("{} chosen by the kernel, allowed {} ({})", choice.value,
                                          choice.allowed, model::info(choice.clause).id));
  }
  return out;
}

std::string explain_step(const Scenario& scenario, const StimulusLine& line, const StepRecord& step,
                         Speakers speakers, const model::Profile& profile) {
  auto out = labelled("", stimulus_line(scenario, line, step), 0) + "\n";
  out += walk_table(step, speakers, profile) + "\n";
  if (speakers == Speakers::model_alone) return out + model_frame_lines(scenario, step);
  out += frame_lines(scenario, step) + choice_lines(step) + entry_lines(step);
  for (const auto& finding : step.findings) {
    out += labelled("finding", fmt::format("{}: {}: model {}, kernel {}", to_string(finding.aspect),
                                           finding.subject, finding.model, finding.kernel));
  }
  return out;
}

}  // namespace

std::string explain(const Scenario& scenario, const Outcome& outcome,
                    const ReportContext& context) {
  if (outcome.diagnostic) return to_string(*outcome.diagnostic) + "\n";
  const bool alone = context.speakers == Speakers::model_alone;
  auto out = fmt::format("EXPLAIN  {}  {}\n", scenario.path,
                         alone ? "the model alone" : to_string(outcome.verdict));
  if (!outcome.reason.empty()) out += labelled("reason", outcome.reason);
  out += labelled("kernel",
                  fmt::format("{}    profile {}    natstep {}", alone ? "none" : context.kernel,
                              context.profile, context.version));
  const auto profile = model::find_profile(context.profile).value_or(model::Profile{});
  for (std::size_t i = 0; i < outcome.steps.size(); ++i) {
    out += fmt::format("\nstep {} of {}  line {}\n", i + 1, scenario.steps.size(),
                       outcome.steps[i].pos.line);
    out += explain_step(scenario, scenario.steps[i].stimulus, outcome.steps[i], context.speakers,
                        profile);
  }
  return out;
}

}  // namespace natstep::harness
