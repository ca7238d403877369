// SPDX-License-Identifier: GPL-2.0-or-later
// Where in the kernel's source a block stands, as the debugging information of its image tells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

/// "60313492 net/netfilter/nf_nat_core.c:168" a line, for each of `places` that the image tells a
/// line of. Empty without such information, or without addr2line.
std::string lines_of(const std::filesystem::path& image, const std::vector<std::uint64_t>& places);

/// The same out of what `addr2line -a -i` says, which was asked about the byte before each place:
/// the place itself is behind the call. Of what is inlined from headers, where it is inlined
/// counts.
std::string lines_in(std::string_view addr2line_output);

}  // namespace natstep::fuzz
