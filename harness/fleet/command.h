// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a program that is found in PATH and takes what it writes, for tools that have no library.
#pragma once

#include "netns/child.h"

#include <string>
#include <vector>

namespace natstep::harness {

using CommandResult = netns::ChildResult;

/// Runs `words[0]`, found in PATH, with the others as arguments and waits for it. `environment`
/// ("NAME=value") is added to ours, `folder`, when not empty, is where it runs. Throws
/// EnvironmentError when it cannot be started.
CommandResult run_command(std::vector<std::string> words, std::vector<std::string> environment = {},
                          const std::string& folder = {});

/// The same for what cannot fail where all is well: throws EnvironmentError with the program's own
/// words when it does.
std::string output_of(const std::vector<std::string>& words);

}  // namespace natstep::harness
