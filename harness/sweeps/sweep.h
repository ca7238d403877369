// SPDX-License-Identifier: GPL-2.0-or-later
// Sweeps: where a rule has a parameter, every value of it. Each case of a sweep is a scenario that
// is written when it is asked for, as text, so that whatever it finds can be read, kept and
// replayed like any other.
//
// A case is named by a path that no file has: "sweep:icmp_error/udp_snat_peer_port-unreachable".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct SweepCase {
  std::string name;
  std::function<std::string()> text;  // a .nat scenario
};

/// Whether the packet is observed between the hooks as well: that costs more than all the rest, and
/// shows nothing new where the question is arithmetic.
enum class SweepTaps : std::uint8_t { with, without };

struct Sweep {
  std::string_view name;
  std::string_view sentence;  // which parameter, of which rule
  SweepTaps taps{};
  std::vector<SweepCase> (*cases)();
};

/// All sweeps, in the order in which they are run.
std::span<const Sweep> sweeps();

inline constexpr std::string_view sweep_prefix = "sweep:";

constexpr bool is_sweep_path(std::string_view path) {
  return path.starts_with(sweep_prefix);
}
/// The sweep that a path speaks of; null when there is none. The path may end behind its name.
const Sweep* find_sweep(std::string_view path);
/// The paths of all cases that `path` means: one case, or all of a sweep ("sweep:icmp_error"), or
/// everything ("sweep:"). Empty when there are none.
std::vector<std::string> sweep_paths(std::string_view path);
/// The text of one case; nothing when there is no such case.
std::optional<std::string> sweep_text(std::string_view path);

// The sweeps themselves, one file each.
extern const Sweep sweep_bad_checksums;
extern const Sweep sweep_checksums;
extern const Sweep sweep_dccp;
extern const Sweep sweep_gre;
extern const Sweep sweep_header;
extern const Sweep sweep_icmp_error;
extern const Sweep sweep_icmp_types;
extern const Sweep sweep_netmap;
extern const Sweep sweep_ports;
extern const Sweep sweep_priorities;
extern const Sweep sweep_sctp;
extern const Sweep sweep_tcp_flags;
extern const Sweep sweep_tcp_window;

}  // namespace natstep::harness
