// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/error.h"

#include "netns/dut.h"

#include <cstring>

#include <fmt/format.h>

namespace natstep::netns {

std::string errno_text(int error) {
  const char* name = ::strerrorname_np(error);
  return fmt::format(
      "{}: {}", name != nullptr ? name : std::to_string(error),
      ::strerrordesc_np(error) != nullptr ? ::strerrordesc_np(error) : "unknown error");
}

void throw_failed(std::string_view what, int error) {
  throw EnvironmentError(EnvironmentError::Kind::failed,
                         fmt::format("{}: {}", what, errno_text(error)));
}

void throw_failed(std::string_view what) {
  throw EnvironmentError(EnvironmentError::Kind::failed, std::string(what));
}

void throw_missing(std::string_view what, std::string_view remedy) {
  throw EnvironmentError(EnvironmentError::Kind::missing, fmt::format("{}; {}", what, remedy));
}

}  // namespace natstep::netns
