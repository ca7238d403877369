// SPDX-License-Identifier: GPL-2.0-or-later
// `ct` pins: what a script says about conntrack entries.
#pragma once

#include "harness/scenario/scenario.h"
#include "netns/observation.h"

#include <optional>
#include <string>
#include <vector>

namespace natstep::harness {

/// Holds a pin against all entries of one side: why it does not hold, or nothing. The words, in any
/// order:
///   assured unassured replied unreplied confirmed src-nat dst-nat no-nat, a TCP state
///   (ESTABLISHED), timeout N (seconds), mark N, packets N and bytes N (of the original direction,
///   under nf_conntrack_acct), helper NAME, no-helper, seq-adjust.
std::optional<std::string> ct_mismatch(const CtPin& pin, const std::vector<netns::CtEntry>& entries,
                                       double elapsed_seconds, const wire::Variables& variables);

/// The pin as a script writes it.
std::string print_ct_pin(const CtPin& pin);

}  // namespace natstep::harness
