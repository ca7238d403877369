// SPDX-License-Identifier: GPL-2.0-or-later
// How time passes on the running kernel.
#pragma once

namespace natstep::netns {

/// Whether waiting takes no time: user-mode Linux that travels in time (`time-travel` on its
/// command line) sets its clock forward when all wait.
bool time_is_virtual();

}  // namespace natstep::netns
