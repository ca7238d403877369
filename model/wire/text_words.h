// SPDX-License-Identifier: GPL-2.0-or-later
// The words that may stand in a packet text, for finding them and for guessing what was meant.
// Internal to the notation: others use text.h.
#pragma once

#include "model/wire/text_node.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::wire::text {

std::optional<Kind> kind_of(std::string_view word);
std::vector<std::string_view> kind_words();
/// "udp, tcp, ... or hex".
std::string kind_list();

/// What may stand in a packet of `kind` and `family`.
std::vector<std::string_view> words_of(Kind kind, AddressFamily family);
/// The word of the other family for the same thing, for those who mix them up.
std::string_view counterpart(std::string_view word);

/// An endpoint's text cut into its address and, behind the colon, its port.
struct EndpointText {
  std::string_view host;
  std::optional<std::string_view> port;
  std::size_t host_offset = 0;
};

/// An IPv6 address that a port follows stands in brackets; one without may stand alone.
EndpointText cut_endpoint(std::string_view text);

}  // namespace natstep::wire::text
