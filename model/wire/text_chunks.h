// SPDX-License-Identifier: GPL-2.0-or-later
// SCTP chunks in the packet notation: `INIT tag 0x11 tsn 1`, `DATA tsn 1 "hello"`, `raw 0e00`.
// Internal to the notation: others use text.h.
#pragma once

#include "model/wire/bytes.h"
#include "model/wire/text_lexer.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::wire::text {

/// The encoded and padded chunk that `word` begins, its fields taken from `lexer`; nothing when the
/// word names no chunk. Throws Mistake.
std::optional<Bytes> parse_chunk(Lexer& lexer, const Token& word);

/// The words that begin a chunk.
std::span<const std::string_view> chunk_words();

/// Chunks one by one as the notation writes them. What is not built like a chunk is `raw HEX`.
std::vector<std::string> print_chunks(ByteView chunks);

}  // namespace natstep::wire::text
