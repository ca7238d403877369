// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/sweeps/sweep.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// "icmp_error/udp" is sweep "icmp_error" and case "udp".
struct SweepPath {
  std::string_view sweep;
  std::string_view of;
};

SweepPath split(std::string_view path) {
  path.remove_prefix(std::min(sweep_prefix.size(), path.size()));
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {.sweep = path, .of = {}};
  return {.sweep = path.substr(0, slash), .of = path.substr(slash + 1)};
}

void add_paths(const Sweep& sweep, std::string_view of, std::vector<std::string>& paths) {
  for (const SweepCase& one : sweep.cases()) {
    if (!of.empty() && one.name != of) continue;
    paths.push_back(fmt::format("{}{}/{}", sweep_prefix, sweep.name, one.name));
  }
}

}  // namespace

std::span<const Sweep> sweeps() {
  static const std::array all{
      sweep_bad_checksums, sweep_checksums,  sweep_dccp,      sweep_gre,   sweep_header,
      sweep_icmp_error,    sweep_icmp_types, sweep_netmap,    sweep_ports, sweep_priorities,
      sweep_sctp,          sweep_tcp_flags,  sweep_tcp_window};
  return all;
}

const Sweep* find_sweep(std::string_view path) {
  const auto found = std::ranges::find(sweeps(), split(path).sweep, &Sweep::name);
  return found == sweeps().end() ? nullptr : &*found;
}

std::vector<std::string> sweep_paths(std::string_view path) {
  const SweepPath wanted = split(path);
  std::vector<std::string> paths;
  for (const Sweep& sweep : sweeps()) {
    if (wanted.sweep.empty() || sweep.name == wanted.sweep) add_paths(sweep, wanted.of, paths);
  }
  return paths;
}

std::optional<std::string> sweep_text(std::string_view path) {
  const Sweep* sweep = find_sweep(path);
  if (sweep == nullptr) return std::nullopt;
  const std::vector<SweepCase> cases = sweep->cases();
  const auto found = std::ranges::find(cases, split(path).of, &SweepCase::name);
  if (found == cases.end()) return std::nullopt;
  return found->text();
}

}  // namespace natstep::harness
