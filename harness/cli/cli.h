// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: which commands there are. Each has a file of its own, cmd_NAME.cpp; to add one,
// write such a file, declare its function here and call it in cli.cpp.
#pragma once

#include <functional>
#include <span>

#include <CLI/CLI.hpp>

namespace natstep::harness {

/// What the chosen command will do; returns the exit status.
using Command = std::function<int()>;

void add_check(CLI::App& program, Command& chosen);
void add_run(CLI::App& program, Command& chosen);
void add_explain(CLI::App& program, Command& chosen);
void add_pin(CLI::App& program, Command& chosen);
void add_reproduce(CLI::App& program, Command& chosen);
void add_minimize(CLI::App& program, Command& chosen);
void add_clauses(CLI::App& program, Command& chosen);
void add_deviations(CLI::App& program, Command& chosen);
void add_profile(CLI::App& program, Command& chosen);
void add_rfc(CLI::App& program, Command& chosen);
void add_bench(CLI::App& program, Command& chosen);
void add_distribution(CLI::App& program, Command& chosen);
void add_kernels(CLI::App& program, Command& chosen);
void add_matrix(CLI::App& program, Command& chosen);
void add_bisect(CLI::App& program, Command& chosen);
void add_bisect_step(CLI::App& program, Command& chosen);
void add_guest(CLI::App& program, Command& chosen);

/// Adds one command to the program.
using AddCommand = void (*)(CLI::App& program, Command& chosen);

/// The whole program: parses the command line, runs the command, tells errors on stderr. Returns
/// the exit status. `more`: commands of layers above this one.
int run_program(int argc, const char* const* argv, std::span<const AddCommand> more = {});

}  // namespace natstep::harness
