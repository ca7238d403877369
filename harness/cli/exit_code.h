// SPDX-License-Identifier: GPL-2.0-or-later
// What the program's exit status means, and which of two statuses a run of many scenarios ends
// with.
#pragma once

#include <stdexcept>

namespace natstep::harness {

namespace exit_status {
inline constexpr int agreed = 0;
inline constexpr int diverged = 1;
inline constexpr int usage = 2;  // the command line, or a scenario that does not parse
inline constexpr int inconclusive = 3;
inline constexpr int skipped = 4;        // kselftest's number: something that is needed is missing
inline constexpr int failed = 5;         // the harness or its environment
inline constexpr int interrupted = 130;  // 128 + SIGINT, as shells have it
}  // namespace exit_status

/// The one that a run ends with: interrupted > failed > usage > diverged > inconclusive > agreed >
/// skipped. What makes the other results doubtful outranks them; a run is skipped when all of it
/// is, as kselftest has it.
int worse(int left, int right);

/// The user asked for something that cannot be: told on stderr, exit_status::usage.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace natstep::harness
