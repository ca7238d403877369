// SPDX-License-Identifier: GPL-2.0-or-later
// What building kernels leaves in the cache beside the kernels: unpacked sources, objects of builds
// that failed, objects and verdicts of bisections in trees.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct Leftover {
  std::string name;  // "sources/linux-source-6.12_6.12.107-1"
  std::filesystem::path folder;
};

/// In order of name.
std::vector<Leftover> leftovers_in(const std::filesystem::path& cache);
/// Those that `wanted` means: by name, by the last part of it, or by its package.
std::vector<Leftover> leftovers_meant(const std::vector<Leftover>& all, std::string_view wanted);

/// What the files below a folder hold.
std::uintmax_t bytes_below(const std::filesystem::path& folder);

}  // namespace natstep::harness
