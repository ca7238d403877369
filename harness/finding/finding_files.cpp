// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/finding_files.h"

#include "harness/finding/pcapng.h"
#include "harness/finding/reproducer.h"
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/report/packet_words.h"
#include "harness/report/result.h"
#include "harness/report/summary.h"
#include "harness/scenario/scenario_text.h"
#include "model/wire/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// Ports have two interfaces each: what the kernel did, and what the model says that differs.
std::vector<std::string> interfaces_of(const model::Topology& topology) {
  std::vector<std::string> names;
  for (const auto& port : topology.ports)
    names.push_back(port.name);
  for (const auto& port : topology.ports)
    names.push_back(port.name + " (model)");
  return names;
}

class Capture {
 public:
  explicit Capture(const model::Topology& topology) : topology_(topology) {}

  void add(std::size_t interface, wire::ByteView bytes, std::string comment) {
    packets_.push_back({.interface = static_cast<std::uint32_t>(interface),
                        .microseconds = packets_.size() + 1,
                        .bytes = {bytes.begin(), bytes.end()},
                        .comment = std::move(comment)});
  }
  void add_step(std::size_t number, const StepRecord& step) {
    const std::size_t ports = topology_.ports.size();
    if (step.port < ports) add(step.port, step.stimulus, fmt::format("step {}: in", number));
    for (const auto& frame : step.observation.frames)
      if (frame.port < ports)
        add(frame.port, frame.bytes, fmt::format("step {}: the kernel sends", number));
    const auto model = frames_of(step.prediction);
    const bool alike = std::ranges::equal(model, step.observation.frames, {}, &netns::Frame::bytes,
                                          &netns::Frame::bytes);
    for (const auto& frame : model)
      if (!alike && frame.port < ports)
        add(ports + frame.port, frame.bytes, fmt::format("step {}: the model sends", number));
  }
  [[nodiscard]] std::string print() const { return pcapng(interfaces_of(topology_), packets_); }

 private:
  const model::Topology& topology_;
  std::vector<CommentedPacket> packets_;
};

std::string capture_of(const Scenario& scenario, const Outcome& outcome) {
  Capture capture(scenario.topology);
  for (std::size_t i = 0; i < outcome.steps.size(); ++i)
    capture.add_step(i + 1, outcome.steps[i]);
  return capture.print();
}

/// As `natstep run --format json` prints it.
std::string json_of(const Scenario& scenario, const Outcome& outcome,
                    const ReportContext& context) {
  Summary summary;
  summary.kernel = context.kernel;
  summary.profile = context.profile;
  summary.version = context.version;
  Result result;
  result.path = scenario.path;
  result.verdict = outcome.verdict;
  result.reason = outcome.reason;
  result.deviations = outcome.deviations;
  result.shortfalls = outcome.shortfalls;
  if (outcome.verdict == Verdict::diverged && !outcome.steps.empty()) {
    result.findings = outcome.steps.back().findings;
    result.suspect = outcome.steps.back().triage.suspect;
  }
  result.clauses = outcome.clauses;
  result.packets = outcome.packets;
  result.seconds = outcome.seconds;
  summary.results.push_back(std::move(result));
  return format_json(summary);
}

std::vector<FileOfFinding> files_of_each(const Scenario& scenario, const Outcome& outcome,
                                         const ReportContext& context) {
  return {{.name = "scenario.nat", .content = print_scenario(scenario)},
          {.name = "report.txt", .content = report(scenario, outcome, context)},
          {.name = "report.json", .content = json_of(scenario, outcome, context)},
          {.name = "packets.pcapng", .content = capture_of(scenario, outcome)},
          {.name = "packets.py", .content = scapy_script(scenario, outcome)}};
}

/// What nobody saw is shown by nobody.
Outcome without_frames(Outcome outcome) {
  for (StepRecord& step : outcome.steps)
    step.observation = {};
  return outcome;
}

}  // namespace

std::string scapy_script(const Scenario& scenario, const Outcome& outcome) {
  std::string out =
      "#!/usr/bin/python3\n"
      "# The packets of the conversation, for Scapy: shown one by one, and written to a capture.\n"
      "from scapy.all import *\n\n"
      "packets = [\n";
  for (const StepRecord& step : outcome.steps) {
    if (step.stimulus.empty()) continue;
    const auto line = stimulus_line(scenario.topology, step.port, step.stimulus);
    const auto port =
        step.port == model::no_port ? "the box itself" : port_name(scenario.topology, step.port);
    out += fmt::format("    # {}\n    (\"{}\", {}),\n", line, port, as_scapy(step.stimulus));
  }
  return out +
         "]\n\n"
         "for port, packet in packets:\n"
         "    print(\"%s: %s\" % (port, packet.summary()))\n"
         "    hexdump(packet)\n"
         "wrpcap(\"stimuli.pcap\", [packet for _, packet in packets], linktype=101)\n";
}

std::vector<FileOfFinding> files_of_finding(const Scenario& scenario, const Outcome& outcome,
                                            const ReportContext& context) {
  auto files = files_of_each(scenario, outcome, context);
  const auto program = reproducer(scenario, outcome, context);
  if (program)
    files.push_back({.name = "reproduce.py", .content = *program});
  else
    files.push_back({.name = "reproduce.txt", .content = program.error() + "\n"});
  return files;
}

std::vector<FileOfFinding> files_of_death(const Scenario& scenario, const Outcome& outcome,
                                          const ReportContext& context) {
  const Outcome unseen = without_frames(outcome);
  auto files = files_of_each(scenario, unseen, context);
  ReportContext alone = context;
  alone.speakers = Speakers::model_alone;
  const auto report = std::ranges::find(files, "report.txt", &FileOfFinding::name);
  report->content += "\n" + explain(scenario, unseen, alone);
  files.push_back(
      {.name = "reproduce.py", .content = reproducer_of_death(scenario, outcome, context)});
  return files;
}

}  // namespace natstep::harness
