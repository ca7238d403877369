// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/file.h"

#include "netns/error.h"

#include <cerrno>
#include <fstream>
#include <iterator>

namespace natstep::harness {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) netns::throw_failed(path.native() + " cannot be read", errno);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace natstep::harness
