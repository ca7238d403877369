// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text_words.h"

#include "model/wire/dccp.h"
#include "model/wire/text_chunks.h"
#include "model/wire/text_extensions.h"
#include "model/wire/text_options.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace natstep::wire::text {

std::optional<Kind> kind_of(std::string_view word) {
  for (const Kind kind : all_kinds) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::vector<std::string_view> kind_words() {
  std::vector<std::string_view> words;
  for (const Kind kind : all_kinds)
    words.push_back(to_string(kind));
  return words;
}

std::string kind_list() {
  std::string list;
  for (const Kind kind : all_kinds) {
    if (kind != all_kinds.front()) list += kind == all_kinds.back() ? " or " : ", ";
    list += to_string(kind);
  }
  return list;
}

std::vector<std::string_view> words_of(Kind kind, AddressFamily family) {
  std::vector<std::string_view> words = {"hex", "payload", "where", "trailer", "mf"};
  if (is_icmp(kind)) words.emplace_back("before");
  for (const FieldInfo& field : fields()) {
    if (field.belongs_to(kind, family) && !field.word.empty()) words.push_back(field.word);
  }
  for (const icmp::Name& name : icmp_names(kind))
    words.push_back(name.word);
  if (family == AddressFamily::ipv6) {
    for (const ExtensionWord& extension : extension_words())
      words.push_back(extension.word);
  } else {
    words.emplace_back("ip-options");
  }
  if (kind == Kind::tcp) {
    std::ranges::copy(option_words(), std::back_inserter(words));
    for (const auto flag : {"SYN", "ACK", "FIN", "RST", "PSH"})
      words.emplace_back(flag);
  }
  if (kind == Kind::dccp) std::ranges::copy(dccp::type_names, std::back_inserter(words));
  if (kind == Kind::sctp) std::ranges::copy(chunk_words(), std::back_inserter(words));
  return words;
}

std::string_view counterpart(std::string_view word) {
  constexpr auto pairs = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"ttl", "hlim"}, {"tos", "tclass"}, {"ip-options", "hopopts"}});
  for (const auto& [ipv4_word, ipv6_word] : pairs) {
    if (word == ipv4_word) return ipv6_word;
    if (word == ipv6_word) return ipv4_word;
  }
  return {};
}

EndpointText cut_endpoint(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    const auto behind = text.substr(close + 1);
    const bool port = behind.starts_with(':');
    return {.host = text.substr(1, close - 1),
            .port = port ? std::optional(behind.substr(1)) : std::nullopt,
            .host_offset = 1};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return {.host = text, .port = std::nullopt};
  }
  return {.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

}  // namespace natstep::wire::text
