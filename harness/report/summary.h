// SPDX-License-Identifier: GPL-2.0-or-later
// What came of a whole run, and the four forms in which it can be printed.
#pragma once

#include "harness/report/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace natstep::harness {

inline constexpr std::size_t verdict_count = 6;

/// How many scenarios came to which verdict.
struct Tally {
  std::array<std::size_t, verdict_count> by_verdict{};

  void add(Verdict verdict) { ++by_verdict[static_cast<std::size_t>(verdict)]; }
  [[nodiscard]] std::size_t of(Verdict verdict) const {
    return by_verdict[static_cast<std::size_t>(verdict)];
  }
  [[nodiscard]] std::size_t total() const;
};

struct Summary {
  std::string kernel;                   // "Linux 6.18.44 x86_64"
  std::string profile;                  // "linux-6.18"
  std::string version;                  // natstep's
  std::vector<Result> results;          // in order of path
  std::vector<std::string> not_parsed;  // one diagnostic a file that is no scenario
  std::size_t not_run = 0;              // left out because the run was interrupted
  double seconds = 0;
  bool interrupted = false;

  [[nodiscard]] Tally tally() const;
  [[nodiscard]] std::map<std::string, Tally> tally_by_area() const;
  [[nodiscard]] std::uint64_t packets() const;
  /// The worst of all results (exit_code.h).
  [[nodiscard]] int exit_status() const;
};

enum class Detail : std::uint8_t {
  run,    // every scenario's report, then one line of totals
  check,  // a table by area; reports of what did not agree
};

struct TextOptions {
  Detail detail = Detail::check;
  bool colour = false;
};

std::string format_text(const Summary& summary, const TextOptions& options);
/// One object; the keys are described in README.md.
std::string format_json(const Summary& summary);
/// KTAP version 1, as the kernel's own selftests print it.
std::string format_ktap(const Summary& summary);
/// JUnit XML: a test suite an area.
std::string format_junit(const Summary& summary);

}  // namespace natstep::harness
