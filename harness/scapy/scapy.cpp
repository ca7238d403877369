// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scapy/scapy.h"

#include "netns/dut.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <variant>
#include <vector>

#include <dlfcn.h>
#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::string_view advice =
    "needs Scapy: install python3-scapy and build with -DNATSTEP_SCAPY=ON";

/// Beside the program, as it is built; or below its library folder, as it is installed.
std::vector<std::filesystem::path> plugin_places() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto folder = program.parent_path();
  return {folder / "natstep_scapy.so", folder / "../harness/natstep_scapy.so",
          folder / "../lib/natstep/natstep_scapy.so"};
}

tl::expected<Scapy*, std::string> open_plugin(const std::filesystem::path& path) {
  // Python's own extension modules look their symbols up globally.
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) return tl::unexpected(fmt::format("{} ({})", advice, dlerror()));
  const auto open = reinterpret_cast<OpenScapy>(dlsym(library, "natstep_scapy_open"));
  if (open == nullptr)
    return tl::unexpected(fmt::format("{} is no plug-in of natstep", path.string()));
  std::string error;
  if (auto* scapy = open(error)) return scapy;
  return tl::unexpected(fmt::format("{} ({})", advice, error));
}

tl::expected<Scapy*, std::string> open_first() {
  for (const auto& place : plugin_places()) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return open_plugin(place);
  }
  return tl::unexpected(fmt::format("{} (natstep_scapy.so is not there)", advice));
}

using Visit = std::function<bool(PacketSource&)>;  // false: stop

void for_each_packet(Scenario& scenario, const Visit& visit) {
  for (auto& step : scenario.steps) {
    if (!visit(step.stimulus.packet)) return;
    for (auto& pin : step.pins) {
      auto* out = std::get_if<OutPin>(&pin);
      if (out != nullptr && !visit(out->packet)) return;
    }
  }
}

bool is_open(const PacketSource& packet) {
  return packet.kind == PacketSource::Kind::scapy && packet.bytes.empty();
}

}  // namespace

tl::expected<Scapy*, std::string> scapy() {
  static const auto opened = open_first();
  return opened;
}

bool needs_scapy(const Scenario& scenario) {
  return std::ranges::any_of(scenario.steps, [](const ScenarioStep& step) {
    return is_open(step.stimulus.packet) || std::ranges::any_of(step.pins, [](const Pin& pin) {
             const auto* out = std::get_if<OutPin>(&pin);
             return out != nullptr && is_open(out->packet);
           });
  });
}

std::optional<Diagnostic> evaluate_scapy(Scenario& scenario) {
  if (!needs_scapy(scenario)) return std::nullopt;
  const auto opened = scapy();
  if (!opened)
    throw netns::EnvironmentError(netns::EnvironmentError::Kind::missing, opened.error());
  std::optional<Diagnostic> wrong;
  for_each_packet(scenario, [&](PacketSource& packet) {
    if (!is_open(packet)) return true;
    auto bytes = (*opened)->evaluate(packet.expression);
    if (bytes && !bytes->empty()) {
      packet.bytes = std::move(*bytes);
      return true;
    }
    const auto message = bytes ? std::string("the expression builds no bytes") : bytes.error();
    wrong = Diagnostic{.path = scenario.path,
                       .pos = packet.pos,
                       .message = "Scapy says: " + message,
                       .hint = {},
                       .source_line = {}};
    return false;
  });
  return wrong;
}

}  // namespace natstep::harness
