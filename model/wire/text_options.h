// SPDX-License-Identifier: GPL-2.0-or-later
// TCP options in the packet notation: "mss 1460 sackok timestamp 1 0 nop wscale 7".
// Internal to the notation: others use text.h.
#pragma once

#include "model/wire/bytes.h"
#include "model/wire/tcp.h"
#include "model/wire/text_lexer.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace natstep::wire::text {

/// The encoded option that `word` begins, its values taken from `lexer`; nothing when the word
/// names no option. Throws Mistake.
std::optional<Bytes> parse_option(Lexer& lexer, const Token& word);

/// The words that begin an option.
std::span<const std::string_view> option_words();

/// One option as the notation writes it; `encoded` is all of it.
std::string print_tcp_option(const TcpOption& option, ByteView encoded);
/// Options as the notation writes them. The zeros that only fill the last 32-bit word are left out:
/// the builder adds them again.
std::string print_tcp_options(ByteView options);

}  // namespace natstep::wire::text
