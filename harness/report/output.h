// SPDX-License-Identifier: GPL-2.0-or-later
// Writing results so that they are whole or not there.
#pragma once

#include <filesystem>
#include <string_view>

namespace natstep::harness {

/// Writes to stdout. Throws EnvironmentError when not everything could be written (a full disk).
void write_stdout(std::string_view text);

/// Writes a file by way of a temporary one beside it, so that a reader never sees half of it and a
/// full disk leaves what was there before. Throws EnvironmentError.
void write_file(const std::filesystem::path& path, std::string_view text);

/// Writes all of the text to the descriptor. Throws as fail_writing does.
void write_whole(int fd, std::string_view text, const std::filesystem::path& path);

/// Throws EnvironmentError: the path, and what errno `error` means.
[[noreturn]] void fail_writing(const std::filesystem::path& path, int error);

/// Makes the folder and what is above it, and makes sure that files can be written there. Throws
/// EnvironmentError.
void prepare_folder(const std::filesystem::path& folder);

}  // namespace natstep::harness
