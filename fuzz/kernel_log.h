// SPDX-License-Identifier: GPL-2.0-or-later
// Programs in the kernel's own log: what stood there last when a guest's kernel died is what it
// died of, however little is left of the guest.
#pragma once

#include "fuzz/program.h"
#include "harness/cli/descriptor.h"

#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

/// /dev/kmsg of a guest.
class KernelLog {
 public:
  /// Throws EnvironmentError.
  KernelLog();
  /// "natstep plays 9c0f2a11d34e77ab 0,57 0100..." for each piece of the encoded program: the
  /// program's name, where the piece begins and how long the whole is.
  void note(wire::ByteView encoded);

 private:
  harness::Descriptor file_;
  std::string line_;
};

/// The programs in a console's log in their order; those that are not there as a whole left out.
std::vector<Program> programs_in(std::string_view console);
/// The console without the lines that tell programs.
std::string without_programs(std::string_view console);

}  // namespace natstep::fuzz
