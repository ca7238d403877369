// SPDX-License-Identifier: GPL-2.0-or-later
// How the kernel side says that the environment failed it.
#pragma once

#include <string>
#include <string_view>

namespace natstep::netns {

/// "EINVAL: Invalid argument".
std::string errno_text(int error);

/// Throws EnvironmentError (failed): "WHAT: EINVAL: Invalid argument".
[[noreturn]] void throw_failed(std::string_view what, int error);
[[noreturn]] void throw_failed(std::string_view what);

/// Throws EnvironmentError (missing): what is missing, and how to get it.
[[noreturn]] void throw_missing(std::string_view what, std::string_view remedy);

}  // namespace natstep::netns
