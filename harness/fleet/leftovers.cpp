// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/leftovers.h"

#include <algorithm>
#include <iterator>
#include <system_error>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

constexpr const char* const kinds[] = {"bisect", "build", "sources"};

}  // namespace

std::vector<Leftover> leftovers_in(const fs::path& cache) {
  std::vector<Leftover> found;
  for (const char* kind : kinds) {
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(cache / kind, absent))
      found.push_back({.name = std::string(kind) + "/" + entry.path().filename().native(),
                       .folder = entry.path()});
  }
  std::ranges::sort(found, {}, &Leftover::name);
  return found;
}

std::vector<Leftover> leftovers_meant(const std::vector<Leftover>& all, std::string_view wanted) {
  std::vector<Leftover> meant;
  std::ranges::copy_if(all, std::back_inserter(meant), [&](const Leftover& leftover) {
    const std::string_view name = leftover.name;
    const std::string_view last = name.substr(name.find('/') + 1);
    return wanted == name || wanted == last || wanted == last.substr(0, last.find('_'));
  });
  return meant;
}

std::uintmax_t bytes_below(const fs::path& folder) {
  std::uintmax_t sum = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error))
    if (entry.is_regular_file(error) && !entry.is_symlink(error)) sum += entry.file_size(error);
  return sum;
}

}  // namespace natstep::harness
