// SPDX-License-Identifier: GPL-2.0-or-later
// What was played when a worker died is kept: of a signal, where natstep itself has a fault, or
// with the kernel of the guest that it was in.
#pragma once

#include "fuzz/program.h"

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace natstep::fuzz {

/// Makes `out`/crashes/NAME with the program and its box. Says on stderr where, or that the disk
/// did not take it.
void keep_crash(const std::filesystem::path& out, const wire::Bytes& program, int signal);

/// What a guest that is dead or silent for good leaves on its console.
struct KernelDeath {
  std::string_view console;
  bool silent = false;  // it is still there, and says nothing
};
/// Makes `out`/crashes/NAME, one for all deaths of the same trouble: the console, the program that
/// was played (as its last words tell, see kernel_log.h), and those before it.
void keep_kernel_crash(const std::filesystem::path& out, const KernelDeath& death);

/// The names of programs that something died of: nobody should start with them again.
std::set<std::string> programs_of_crashes(const std::filesystem::path& out);

}  // namespace natstep::fuzz
