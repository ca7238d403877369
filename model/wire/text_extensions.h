// SPDX-License-Identifier: GPL-2.0-or-later
// IPv6's extension headers in the packet notation: "hopopts hex 050200000000 frag 8+ ip-id 7".
// Internal to the notation: others use text.h.
#pragma once

#include "model/wire/text_lexer.h"
#include "model/wire/text_node.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace natstep::wire::text {

struct ExtensionWord {
  std::string_view word;
  std::uint8_t protocol = 0;
};
/// The words that begin an extension header.
std::span<const ExtensionWord> extension_words();
/// The word for the extension header with this protocol number.
std::string_view extension_word(std::uint8_t protocol);

/// Whether `word` begins an extension header, whose content follows it. `frag` does not when an
/// offset follows it: then it is a field.
bool begins_extension(const Lexer& lexer, std::string_view word);
/// The extension header that `word` begins, its values taken from `lexer`. Throws Mistake.
Ipv6Extension parse_extension(Lexer& lexer, const Token& word);
/// `next N` and `hlen N` directly behind an extension header belong to it. Throws Mistake.
void parse_odd_bytes(Lexer& lexer, Ipv6Extension& extension);

/// Whether this is the fragment header whose fields are among the node's settings.
inline bool is_in_fields(const Ipv6Extension& extension) {
  return extension.protocol == ip_protocol::fragment && extension.data.empty();
}
/// All extension headers as the notation writes them, each with a space in front.
std::string print_extensions(const Node& node);
/// The extension headers of a packet, as a node has them.
std::vector<Ipv6Extension> derive_extensions(ByteView packet);

}  // namespace natstep::wire::text
