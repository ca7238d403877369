// SPDX-License-Identifier: GPL-2.0-or-later
// `ct create` and `ct update`: the entries that user space writes.
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace natstep::harness {
namespace {

/// What ctnetlink lets user space set, in the words of `ct` lines.
constexpr std::array<std::string_view, 13> written_words{
    "assured",  "replied",    "fixed-timeout", "NONE",      "SYN_SENT", "SYN_RECV", "ESTABLISHED",
    "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK",      "TIME_WAIT", "CLOSE",    "SYN_SENT2"};
constexpr std::array<std::string_view, 3> written_numbers{"timeout ", "mark ", "zone "};

bool can_be_written(std::string_view word) {
  const bool number = std::ranges::any_of(
      written_numbers, [&](std::string_view name) { return word.starts_with(name); });
  return (number && !word.ends_with('+')) ||
         std::ranges::find(written_words, word) != written_words.end();
}

bool has_timeout(const CtPin& entry) {
  return std::ranges::any_of(entry.words,
                             [](const auto& word) { return word.starts_with("timeout "); });
}

/// A zone has 16 bits (nf_conntrack_zones.h).
bool is_no_zone(std::string_view word) {
  constexpr std::string_view name = "zone ";
  if (!word.starts_with(name)) return false;
  const std::string_view digits = word.substr(name.size());
  std::uint16_t zone = 0;
  return std::from_chars(digits.data(), digits.data() + digits.size(), zone).ec != std::errc();
}

bool is_mapping(std::string_view word) {
  return word == "snat" || word == "dnat";
}

/// Where ` snat ` or ` dnat ` begins, or the end.
std::size_t first_mapping(std::string_view text) {
  Words words(text);
  for (Word word = words.next(); !word.text.empty(); word = words.next())
    if (is_mapping(word.text)) return word.offset;
  return text.size();
}

/// `203.0.113.7`, `203.0.113.7:4000`, `[2001:db8::7]:4000`, `2001:db8::7`.
std::optional<WrittenMapping> read_mapping(std::string_view text) {
  if (const auto address = wire::Address::parse(text)) return WrittenMapping{.address = *address};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const auto address = wire::Address::parse(host);
  if (!address || failed != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return WrittenMapping{.address = *address, .port = port};
}

}  // namespace

ScenarioParser::Result ScenarioParser::check_written(const Line& line, const Word& rest,
                                                     const WriteEntryEvent& written) const {
  const bool creates = written.kind == WriteEntryEvent::Kind::create;
  const CtPin& entry = written.entry;
  const auto wrong = std::ranges::find_if_not(entry.words, can_be_written);
  if (wrong != entry.words.end()) {
    return error(line, rest, fmt::format("user space cannot write `{}`", *wrong),
                 fmt::format("it writes timeout, mark, zone, {}", fmt::join(written_words, ", ")));
  }
  const auto no_zone = std::ranges::find_if(entry.words, is_no_zone);
  if (no_zone != entry.words.end())
    return error(line, rest, fmt::format("no zone: `{}`", *no_zone), "zones are 0 to 65535");
  if (!creates && entry.words.empty())
    return error(line, rest, "`ct update` needs something to change", "such as `timeout 60`");
  if (creates && !has_timeout(entry))
    return error(line, rest, "`ct create` needs a timeout", "such as `timeout 120`");
  if (!creates && (entry.reply || written.source || written.destination))
    return error(line, rest, "`ct update` leaves the reply tuple and the mapping as they are",
                 "it takes one tuple and what changes, such as `timeout 60`");
  if (auto known = need_bound(line, rest, entry.original.variables()); !known) return known;
  return entry.reply ? need_bound(line, rest, entry.reply->variables()) : Result{};
}

/// `ct create TUPLE [reply TUPLE] WORDS [snat TO] [dnat TO]`, `ct update TUPLE WORDS`.
ScenarioParser::Result ScenarioParser::written_entry(Line& line, const Word& command) {
  using Kind = WriteEntryEvent::Kind;
  const Word rest = line.words.rest();
  const std::size_t mappings = first_mapping(rest.text);
  auto read = read_ct_pin(rest.text.substr(0, mappings));
  if (!read) return error(line, rest, read.error());
  WriteEntryEvent written{.kind = command.text == "create" ? Kind::create : Kind::update,
                          .entry = std::move(read.value())};
  Words words(rest.text, mappings);
  for (Word name = words.next(); !name.text.empty(); name = words.next()) {
    const Word to = words.next();
    const auto mapping = read_mapping(to.text);
    const Word place{to.text, rest.offset + (to.text.empty() ? name.offset : to.offset)};
    if (!is_mapping(name.text) || !mapping) {
      return error(line, place, fmt::format("no mapping: `{} {}`", name.text, to.text),
                   "such as `snat 203.0.113.7:4000`, behind all other words");
    }
    (name.text == "snat" ? written.source : written.destination) = mapping;
  }
  if (auto fine = check_written(line, rest, written); !fine) return fine;
  return event(line, std::move(written));
}

}  // namespace natstep::harness
