// SPDX-License-Identifier: GPL-2.0-or-later
// The values behind the words of the packet notation. All throw Mistake.
// Internal to the notation: others use text.h.
#pragma once

#include "model/wire/text_lexer.h"
#include "model/wire/text_node.h"

#include <string_view>

namespace natstep::wire::text {

/// What follows the word of `field`, taken from `lexer`.
Value parse_value(Lexer& lexer, const FieldInfo& field);
/// A number in the range of `field`, or a $variable.
Value parse_number_value(const FieldInfo& field, const Token& token);
/// An address of either family; what looks like neither is complained of as the likelier one.
Address parse_address(const Token& token);
/// TCP flags: SYN,ACK or none or a number.
Value parse_flags(const FieldInfo& field, const Token& token);
/// SYN,ACK and everything that looks as if it were meant to be flags.
bool looks_like_flags(std::string_view word);

}  // namespace natstep::wire::text
