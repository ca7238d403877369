// SPDX-License-Identifier: GPL-2.0-or-later
// The options that several commands share, and how they are declared to the command line parser.
// Every command line mistake that CLI11 does not find itself is thrown as UsageError.
#pragma once

#include "harness/fleet/kernel_choice.h"
#include "harness/lockstep/lockstep.h"
#include "model/clause.h"
#include "model/profile.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace natstep::harness {

enum class Format : std::uint8_t { text, json, ktap, junit, html };
enum class ColourWhen : std::uint8_t { automatic, always, never };

/// What decides how a scenario is run.
struct LockstepChoice {
  std::optional<model::Profile> profile;  // none: the one of the running kernel's version
  bool probe_profile = false;             // --profile probed: and what the kernel shows besides
  std::optional<model::Clause> broken;
  bool scapy_witness = false;

  /// As lockstep wants it.
  [[nodiscard]] LockstepOptions options() const;
};

/// What `check`, `run` and `clauses` have in common.
struct RunOptions {
  std::vector<std::string> paths;
  std::string filter;
  std::string out;  // empty: default_out, and only when something diverged
  Format format = Format::text;
  ColourWhen colour = ColourWhen::automatic;
  std::size_t jobs = 0;  // 0: one a CPU
  bool minimise = true;
  bool sweeps = false;  // `check` only
  bool twice = false;   // `check` only
  KernelChoice kernel;
  LockstepChoice lockstep;

  [[nodiscard]] std::size_t usable_jobs() const;
};

/// Where artefacts of diverged scenarios go unless --out says otherwise.
inline constexpr const char* default_out = "out";

/// Throws UsageError, naming those that there are.
model::Profile profile_named(const std::string& name);

void add_profile_option(CLI::App& command, LockstepChoice& choice);
void add_lockstep_options(CLI::App& command, LockstepChoice& choice);
void add_format_option(CLI::App& command, Format& format, std::vector<std::string> allowed);
void add_colour_option(CLI::App& command, ColourWhen& colour);
/// --kernel and --boot-option.
void add_kernel_option(CLI::App& command, KernelChoice& kernel);
void add_jobs_option(CLI::App& command, std::size_t& jobs);
void add_filter_option(CLI::App& command, std::string& filter);
/// All of the above, --out and --no-minimise.
void add_run_options(CLI::App& command, RunOptions& options);

/// Colour on a terminal unless NO_COLOR is set or the option says otherwise.
bool use_colour(ColourWhen when);

}  // namespace natstep::harness
