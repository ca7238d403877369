// SPDX-License-Identifier: GPL-2.0-or-later
// Which natstep this is, and where it was built.
#pragma once

#include <string_view>

namespace natstep::harness {

/// The commit, "1f3c9ab" or "1f3c9ab-dirty"; the release number when it was not built from a git
/// tree.
std::string_view version();
/// The root of the source tree that it was built from. It need not exist any more.
std::string_view source_directory();

}  // namespace natstep::harness
