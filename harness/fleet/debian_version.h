// SPDX-License-Identifier: GPL-2.0-or-later
// The order of Debian package versions (deb-version(7)), in which kernels are sorted.
#pragma once

#include <string>
#include <string_view>

namespace natstep::harness {

/// Less than, equal to or greater than zero, as `left` is older, equal or newer: "6.12.9-1" is
/// older than "6.12.10-1", and "7.3~rc7-1" older than "7.3-1".
int compare_versions(std::string_view left, std::string_view right);

/// What upstream calls it: "6.12.117" of "6.12.117-1~deb12u1", "7.3~rc7" of "7.3~rc7-1~exp1".
std::string upstream_version(std::string_view version);

}  // namespace natstep::harness
