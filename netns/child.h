// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes, for tools that have no library.
#pragma once

#include "netns/unique_fd.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::netns {

/// An anonymous file with this content, positioned at its beginning; gone with its descriptor.
/// Throws EnvironmentError.
UniqueFd memory_file(std::string_view content);

struct ChildResult {
  int exit_status = 0;  // 128 + signal when a signal ended it
  std::string output;   // what it wrote to stdout
  std::string errors;   // and to stderr
};

/// Where `program` is: in PATH or in the usual places of administrators' programs, which a minimal
/// PATH lacks. Empty: nowhere.
std::string find_program(const std::string& program);

/// Runs the program at `path` with `input` on its stdin and waits for it. `environment`
/// ("NAME=value") is added to ours; `folder`, when not empty, is where it runs. Throws
/// EnvironmentError when it cannot be started.
ChildResult run_child(const std::string& path, std::vector<std::string> arguments,
                      std::string_view input, std::vector<std::string> environment,
                      const std::string& folder = {});

}  // namespace natstep::netns
