// SPDX-License-Identifier: GPL-2.0-or-later
// The .nat format: text to scenario and back. Errors carry line and column, what is wrong, and what
// was probably meant.
#pragma once

#include "harness/scenario/scenario.h"

#include <filesystem>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace natstep::harness {

/// Everything that is wrong with an input, for exit code 2: "FILE:12:7: unknown field `tll`, did
/// you mean `ttl`?".
struct Diagnostic {
  std::string path;
  SourcePos pos;
  std::string message;
  std::string hint;         // "did you mean `ttl`?"; may be empty
  std::string source_line;  // the line itself, for the caret
};
/// "PATH:LINE:COLUMN: MESSAGE, HINT" and, below, the source line with a caret.
std::string to_string(const Diagnostic& diagnostic);

tl::expected<Scenario, Diagnostic> parse_scenario(std::string_view text, std::string path);
/// Reads a file; missing, unreadable, too large (over 1 MiB), a directory and binary rubbish each
/// have their own message. The path of a case of a sweep (sweeps/sweep.h) is no file.
tl::expected<Scenario, Diagnostic> load_scenario(const std::filesystem::path& path);
/// The canonical text: parses back to an equal scenario, prints the same again.
std::string print_scenario(const Scenario& scenario);
/// An event as its line in the scenario, with the newline.
std::string print_event(const Event& event, const model::Topology& topology);

}  // namespace natstep::harness
