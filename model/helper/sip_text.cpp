// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/sip_text.h"

#include "model/helper/sip_values.h"

#include <array>
#include <limits>

namespace natstep::model::sip {
namespace {

using Measure = Measured (*)(const Text&, std::size_t);

struct Form {
  std::string_view name;
  std::string_view short_name;
  std::string_view search;  // within the value
  Measure measure;
};

constexpr std::array<Form, 8> headers{{
    {"CSeq", "", "", measure_digits},
    {"From", "f", "sip:", measure_behind_user},
    {"To", "t", "sip:", measure_behind_user},
    {"Contact", "m", "sip:", measure_behind_user},
    {"Via", "v", "UDP ", measure_endpoint},
    {"Via", "v", "TCP ", measure_endpoint},
    {"Expires", "", "", measure_digits},
    {"Content-Length", "l", "", measure_digits},
}};

constexpr std::array<Form, 4> lines{{
    {"v=", "", "", measure_digits},
    {"o=", "", "IN IP4 ", measure_address},
    {"c=", "", "IN IP4 ", measure_address},
    {"m=", "", "", measure_media},
}};

constexpr std::array<Form, 4> ipv6_lines{{
    {"v=", "", "", measure_digits},
    {"o=", "", "IN IP6 ", measure_address},
    {"c=", "", "IN IP6 ", measure_address},
    {"m=", "", "", measure_media},
}};

const Form& form_of(Header header) {
  return headers[static_cast<std::size_t>(header)];
}
const Form& form_of(Line line, wire::AddressFamily family) {
  return (family == wire::AddressFamily::ipv6 ? ipv6_lines : lines)[static_cast<std::size_t>(line)];
}

// --- lines

/// sip_follow_continuation: a line that begins with a blank goes on with the one before.
std::optional<std::size_t> follow_continuation(std::string_view text, std::size_t at) {
  if (++at >= text.size()) return std::nullopt;
  if (text[at - 1] == '\r' && text[at] == '\n' && ++at >= text.size()) return std::nullopt;
  if (!is_blank(text[at])) return std::nullopt;
  while (at < text.size() && is_blank(text[at]))
    ++at;
  return at;
}

/// sip_skip_whitespace.
std::optional<std::size_t> skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at]))
    ++at;
  if (at < text.size() && is_line_end(text[at])) {
    const auto next = follow_continuation(text, at);
    if (!next) return std::nullopt;
    at = *next;
  }
  return at < text.size() ? std::optional(at) : std::nullopt;
}

/// ct_sip_header_search: within one value, continued lines included. A match that ends with the
/// text is not seen.
std::optional<std::size_t> search_value(std::string_view text, std::size_t at,
                                        std::string_view word) {
  for (; at + word.size() < text.size(); ++at) {
    if (is_line_end(text[at])) {
      const auto next = follow_continuation(text.substr(0, text.size() - word.size()), at);
      if (!next) return std::nullopt;
      at = *next;
    } else if (starts_with_ignoring_case(text.substr(at), word)) {
      return at;
    }
  }
  return std::nullopt;
}

/// ct_sdp_header_search.
std::optional<std::size_t> search_line(std::string_view text, std::size_t at,
                                       std::string_view word) {
  for (; at + word.size() < text.size() && !is_line_end(text[at]); ++at) {
    if (text.substr(at).starts_with(word)) return at;
  }
  return std::nullopt;
}

/// The beginning of the next line, when `at` is the end of one.
std::optional<std::size_t> next_line(std::string_view text, std::size_t at) {
  if (++at >= text.size()) return std::nullopt;
  if (text[at - 1] == '\r' && text[at] == '\n' && ++at >= text.size()) return std::nullopt;
  return at;
}

/// Behind the name of the header, long or short.
std::optional<std::size_t> behind_name(std::string_view text, std::size_t at, const Form& form) {
  const std::string_view rest = text.substr(at);
  if (starts_with_ignoring_case(rest, form.name)) return at + form.name.size();
  const std::size_t size = form.short_name.size();
  if (size != 0 && rest.size() > size && starts_with_ignoring_case(rest, form.short_name) &&
      !is_letter(rest[size])) {
    return at + size;
  }
  return std::nullopt;
}

/// Behind the colon and the blanks around it.
std::optional<std::size_t> behind_colon(std::string_view text, std::size_t at) {
  const auto colon = skip_blanks(text, at);
  if (!colon || text[*colon] != ':' || *colon + 1 >= text.size()) return std::nullopt;
  return skip_blanks(text, *colon + 1);
}

/// What counts of a value that begins at `at`.
Found measure(const Text& text, std::size_t at, const Form& form, Part& out) {
  const Measured measured = form.measure(text, at);
  out = {.at = at, .size = measured.size};
  if (measured.size == 0) return Found::unreadable;
  out.at += measured.shift;
  return Found::yes;
}

/// ct_sip_next_header: the next value of a list.
Found next_value(const Text& text, std::size_t from, const Form& form, Part& out) {
  const auto comma = search_value(text, from, ",");
  const auto word = comma ? search_value(text, *comma, form.search) : std::nullopt;
  if (!word) return Found::nothing;
  return measure(text, *word + form.search.size(), form, out);
}

/// ct_sip_walk_headers.
Found walk_headers(const Text& text, std::size_t from, Header header, bool inside_list, Part& out) {
  while (inside_list) {
    const Found found = next_value(text, from, form_of(header), out);
    if (found == Found::yes) return found;
    if (found == Found::nothing) break;
    from = out.at;
  }
  for (;;) {
    const Found found = find_header(text, from, header, out);
    if (found != Found::unreadable) return found;
    from = out.at;
  }
}

/// A parameter belongs to the value up to the next comma.
Text up_to_comma(const Text& text, std::size_t from) {
  return text.up_to(search_value(text, from, ",").value_or(text.size()));
}

}  // namespace

bool starts_with_ignoring_case(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[i]) != lower(word[i])) return false;
  }
  return true;
}

Found find_header(const Text& text, std::size_t from, Header header, Part& out) {
  const Form& form = form_of(header);
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!is_line_end(text[at])) continue;
    const auto begin = next_line(text, at);
    if (!begin) break;
    at = *begin;
    if (is_blank(text[at])) continue;
    const auto behind = behind_name(text, at, form);
    if (!behind) continue;
    auto value = behind_colon(text, *behind);
    if (!value) break;
    out.at = *value;
    if (!form.search.empty()) {
      value = search_value(text, *value, form.search);
      if (!value) return Found::unreadable;
      *value += form.search.size();
    }
    return measure(text, *value, form, out);
  }
  return Found::nothing;
}

Found find_endpoint(const Text& text, Header header, Endpoint& out, Walk* walk) {
  Part part;
  const Found found = walk_headers(text, walk != nullptr ? walk->at : 0, header,
                                   walk != nullptr && walk->inside_list, part);
  if (walk != nullptr) walk->inside_list = found == Found::yes;
  if (found != Found::yes) return found;
  const auto endpoint = read_endpoint(text, part.at);
  if (!endpoint) return Found::unreadable;
  out = *endpoint;
  out.part = part;
  if (walk != nullptr) walk->at = endpoint->part.end();
  return Found::yes;
}

Found find_request_uri(const Text& text, Endpoint& out) {
  constexpr std::string_view scheme = "sip:";
  std::size_t at = 0;
  while (at < text.size() && is_letter(text[at]))
    ++at;
  if (at == 0 || ++at >= text.size()) return Found::nothing;
  for (; at + scheme.size() < text.size(); ++at) {
    if (is_line_end(text[at])) return Found::unreadable;
    if (!starts_with_ignoring_case(text.substr(at), scheme)) continue;
    at += scheme.size();
    break;
  }
  const Measured measured = measure_behind_user(text, at);
  const auto endpoint = read_endpoint(text, at + measured.shift);
  if (measured.size == 0 || !endpoint) return Found::nothing;
  out = *endpoint;
  return Found::yes;
}

std::optional<Part> find_parameter(std::string_view text, std::size_t from, std::string_view name) {
  const std::string_view value = up_to_comma(text, from);
  const auto word = search_value(value, from, name);
  if (!word) return std::nullopt;
  const std::size_t begin = *word + name.size();
  const std::size_t end = search_value(value, begin, ";").value_or(value.size());
  return Part{.at = begin, .size = end - begin};
}

std::optional<Endpoint> find_address_parameter(const Text& text, std::size_t from,
                                               std::string_view name, Brackets brackets) {
  const Text value = up_to_comma(text, from);
  const auto word = search_value(value, from, name);
  const auto address = word ? read_host(value, *word + name.size(), brackets) : std::nullopt;
  if (!address) return std::nullopt;
  const std::size_t begin = *word + name.size();
  return Endpoint{.part = {.at = begin, .size = address->end - begin}, .address = address->address};
}

Found find_number_parameter(std::string_view text, std::size_t from, std::string_view name,
                            Number& out) {
  const std::string_view value = up_to_comma(text, from);
  const auto word = search_value(value, from, name);
  if (!word) return Found::nothing;
  const std::size_t begin = *word + name.size();
  const auto number = read_number(value, begin);
  out.value = number.value_or(0);
  if (!number) return Found::unreadable;
  out.part = {.at = begin, .size = measure_digits(value, begin).size};
  return Found::yes;
}

std::optional<std::uint32_t> read_number(std::string_view text, std::size_t at) {
  const std::size_t size = measure_digits(text, at).size;
  if (size == 0) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value * 10 + static_cast<std::uint64_t>(text[at + i] - '0');
    if (value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  }
  return static_cast<std::uint32_t>(value);
}

Found find_line(const Text& text, std::size_t from, Line line, std::optional<Line> until,
                Part& out) {
  const Form& form = form_of(line, text.family);
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!is_line_end(text[at])) continue;
    const auto begin = next_line(text, at);
    if (!begin) break;
    at = *begin;
    const std::string_view rest = text.substr(at);
    if (until && starts_with_ignoring_case(rest, form_of(*until, text.family).name)) break;
    if (!starts_with_ignoring_case(rest, form.name)) continue;
    std::optional<std::size_t> value = at + form.name.size();
    out.at = *value;
    if (!form.search.empty()) {
      value = search_line(text, *value, form.search);
      if (!value) return Found::unreadable;
      *value += form.search.size();
    }
    return measure(text, *value, form, out);
  }
  return Found::nothing;
}

std::optional<wire::Address> read_address(const Text& text, Part part) {
  const auto address = read_plain_address(text.up_to(part.end()), part.at);
  return address ? std::optional(address->address) : std::nullopt;
}

}  // namespace natstep::model::sip
