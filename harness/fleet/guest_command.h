// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a whole natstep command inside a guest, for those that look at every step of one scenario
// rather than run many.
#pragma once

#include "harness/fleet/kernel_choice.h"

#include <string>
#include <vector>

namespace natstep::harness {

/// The words of `words` that are for the guest: without --kernel and
/// --boot-option.
std::vector<std::string> words_inside(std::vector<std::string> words);

/// Runs `natstep WORDS...` on the kernel that `wanted` means, prints what it prints, keeps what it
/// changes of `files`, and returns its exit status. Throws UsageError or EnvironmentError.
int run_inside(const KernelChoice& wanted, const std::vector<std::string>& words,
               const std::vector<std::string>& files);
/// The same with this process's own command line.
int run_this_inside(const KernelChoice& wanted, const std::vector<std::string>& files);

/// What stands in a scenario's file, with what needs the host's Scapy turned into bytes.
std::string text_for_guest(const std::string& path);

}  // namespace natstep::harness
