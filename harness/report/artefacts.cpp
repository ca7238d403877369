// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/artefacts.h"

#include "harness/finding/reproducer.h"
#include "harness/lockstep/convert.h"
#include "harness/report/entry_text.h"
#include "harness/scenario/scenario_text.h"
#include "netns/capture.h"
#include "netns/dut.h"

#include <fstream>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using netns::EnvironmentError;

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.flush();
  if (!file)
    throw EnvironmentError(EnvironmentError::Kind::failed,
                           fmt::format("cannot write {}", path.string()));
}

std::string conntrack_text(const Outcome& outcome) {
  std::string text;
  for (std::size_t i = 0; i < outcome.steps.size(); ++i) {
    text += fmt::format("after step {}\n", i + 1);
    for (const auto& pair : outcome.steps[i].entries) {
      text += fmt::format("  model   {}\n", pair.model ? to_string(*pair.model) : "-");
      text += fmt::format("  kernel  {}\n", pair.kernel ? to_string(*pair.kernel) : "-");
    }
  }
  return text;
}

/// What passed one port, in the order of the steps: the stimulus before what it brought forth.
std::vector<netns::CapturedPacket> packets_of(const Outcome& outcome, model::PortId port) {
  std::vector<netns::CapturedPacket> packets;
  std::uint64_t label = 0;
  for (const auto& step : outcome.steps) {
    ++label;
    if (step.port == port) packets.push_back({.microseconds = label, .bytes = step.stimulus});
    for (const auto& frame : step.observation.frames) {
      ++label;
      if (frame.port == port) packets.push_back({.microseconds = label, .bytes = frame.bytes});
    }
  }
  return packets;
}

}  // namespace

void write_artefacts(const std::filesystem::path& directory, const Scenario& scenario,
                     const Outcome& outcome, const ReportContext& context) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw EnvironmentError(EnvironmentError::Kind::failed,
                           fmt::format("cannot make {}: {}", directory.string(), error.message()));
  }
  auto plain = context;
  plain.colour = false;
  plain.artefacts = directory.string();
  write_file(directory / "scenario.nat", print_scenario(scenario));
  write_file(directory / "report.txt", report(scenario, outcome, plain));
  write_file(directory / "conntrack.txt", conntrack_text(outcome));
  write_file(directory / "walk.txt", explain(scenario, outcome, plain));
  if (const auto program = reproducer(scenario, outcome, plain))
    write_file(directory / "reproduce.py", *program);
  for (model::PortId port = 0; port < scenario.topology.ports.size(); ++port) {
    const auto name = scenario.topology.ports[port].name + ".pcap";
    netns::write_capture(directory / name, packets_of(outcome, port));
  }
}

std::filesystem::path artefact_directory(const std::filesystem::path& out,
                                         const Scenario& scenario) {
  return out / std::filesystem::path(scenario.path).stem();
}

}  // namespace natstep::harness
