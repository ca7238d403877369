// SPDX-License-Identifier: GPL-2.0-or-later
// What a guest's console tells about its kernel: a panic, an oops, a WARN, a KASAN report. Each has
// a fingerprint that is the same for the same trouble: its kind and the first functions of the
// trace.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct KernelTrouble {
  std::string kind;                    // "panic", "oops", "WARN", "KASAN", "lockup", "taint"
  std::string title;                   // the kernel's own line
  std::vector<std::string> functions;  // the first of the trace, the innermost first
  std::string excerpt;                 // the console from there on

  /// "WARN nf_nat_setup_info < nf_nat_inet_fn < nf_hook_slow".
  [[nodiscard]] std::string fingerprint() const;
};

/// The first trouble in a piece of console.
std::optional<KernelTrouble> find_trouble(std::string_view console);

}  // namespace natstep::harness
