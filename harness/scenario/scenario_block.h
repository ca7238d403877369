// SPDX-License-Identifier: GPL-2.0-or-later
// The text between the braces of a rules block.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// The lines of a file, without their ends ("\n" or "\r\n") and without a byte order mark. A file
/// that ends with a newline has no empty last line.
std::vector<std::string_view> split_lines(std::string_view text);

/// A place in the lines of a file, both 0-based.
struct BlockPlace {
  std::size_t line = 0;
  std::size_t column = 0;
};

/// The brace that closes the block whose text begins at `from`, or nothing. Braces in strings and
/// comments do not count.
std::optional<BlockPlace> find_block_end(std::span<const std::string_view> lines, BlockPlace from);

/// What stands from `from` up to `end`, lines parted by newlines.
std::string block_text(std::span<const std::string_view> lines, BlockPlace from, BlockPlace end);

}  // namespace natstep::harness
