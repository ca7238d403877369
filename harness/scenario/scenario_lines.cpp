// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scenario/scenario_lines.h"

#include "harness/scenario/line_words.h"
#include "harness/scenario/suggest.h"
#include "model/helper/help.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using wire::Parsed;
using wire::TextError;

/// The longest packet that IPv4 can say, and the most that a TUN port takes.
constexpr std::size_t longest_packet = 65535;

constexpr std::array<std::string_view, 39> ct_words{
    "CLOSED",         "COOKIE_WAIT",   "COOKIE_ECHOED",
    "SHUTDOWN_SENT",  "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT",
    "HEARTBEAT_SENT", "REQUEST",       "RESPOND",
    "PARTOPEN",       "OPEN",          "CLOSEREQ",
    "CLOSING",        "TIMEWAIT",      "assured",
    "unassured",      "replied",       "unreplied",
    "confirmed",      "src-nat",       "no-src-nat",
    "dst-nat",        "no-dst-nat",    "no-nat",
    "expected",       "NONE",          "SYN_SENT",
    "SYN_RECV",       "ESTABLISHED",   "FIN_WAIT",
    "CLOSE_WAIT",     "LAST_ACK",      "TIME_WAIT",
    "CLOSE",          "SYN_SENT2",     "no-helper",
    "seq-adjust",     "no-seq-adjust", "fixed-timeout"};
constexpr std::array<std::string_view, 10> ct_numbers{
    "timeout", "mark",    "zone",  "zone-orig", "zone-reply",
    "label",   "packets", "bytes", "key",       "reply-key"};

constexpr std::string_view helper_word = "helper";

bool is_ct_word(std::string_view word) {
  return word == "reply" || word == helper_word ||
         std::ranges::find(ct_words, word) != ct_words.end() ||
         std::ranges::find(ct_numbers, word) != ct_numbers.end();
}

TextError moved(TextError error, std::size_t by) {
  error.offset += by;
  return error;
}

std::optional<int> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

Parsed<PacketSource> read_hex(std::string_view text, std::size_t from) {
  PacketSource source{.kind = PacketSource::Kind::hex};
  std::optional<int> high;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (is_blank(text[at])) continue;
    const auto nibble = digit(text[at]);
    if (!nibble) return TextError{at, fmt::format("`{}` is no hexadecimal digit", text[at]), ""};
    if (high) source.bytes.push_back(static_cast<std::uint8_t>((*high << 4) | *nibble));
    high = high ? std::nullopt : nibble;
  }
  if (high) return TextError{text.size() - 1, "the last byte has one hexadecimal digit only", ""};
  if (source.bytes.empty())
    return TextError{from, "no bytes behind `hex`", "such as `hex 4500001c...`"};
  if (source.bytes.size() > longest_packet) return TextError{from, "more than 65535 bytes", ""};
  return source;
}

Parsed<PacketSource> read_scapy(std::string_view text, std::size_t from) {
  const std::string_view expression = trimmed(text.substr(from));
  if (expression.empty()) {
    return TextError{from, "no expression behind `scapy`",
                     "such as `scapy IP(src='10.0.1.2')/UDP(sport=4000)`"};
  }
  return PacketSource{.kind = PacketSource::Kind::scapy, .expression = std::string(expression)};
}

/// Calls `found` with every offset that is outside of strings until it says true; npos when it
/// never does.
template <typename Found>
std::size_t find_unquoted(std::string_view text, Found&& found) {
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\') ++at;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (found(at)) {
      return at;
    }
  }
  return std::string_view::npos;
}

bool word_at(std::string_view text, std::size_t at, std::string_view word) {
  const bool begins = at == 0 || is_blank(text[at - 1]);
  const std::size_t end = at + word.size();
  return begins && text.substr(at, word.size()) == word &&
         (end >= text.size() || is_blank(text[end]));
}

Parsed<PacketSource> read_notation(std::string_view text, std::size_t& consumed) {
  auto packet = wire::parse_packet(text, consumed);
  if (!packet) return packet.error();
  return PacketSource{.kind = PacketSource::Kind::notation, .notation = std::move(packet.value())};
}

/// The packet at the beginning of `text`, and where it ends.
Parsed<PacketSource> read_leading_packet(std::string_view text, std::size_t& consumed) {
  const Word first = Words(text).next();
  const bool raw = first.text == "hex" || first.text == "scapy";
  if (!raw) return read_notation(text, consumed);
  consumed = std::min(
      text.size(), find_unquoted(text, [&](std::size_t at) { return word_at(text, at, "where"); }));
  const std::size_t from = first.offset + first.text.size();
  const std::string_view packet = text.substr(0, consumed);
  return first.text == "hex" ? read_hex(packet, from) : read_scapy(packet, from);
}

bool has_ports(std::string_view protocol) {
  return protocol == "udp" || protocol == "tcp" || protocol == "udplite" || protocol == "sctp" ||
         protocol == "dccp";
}

TextError unexpected(const Word& word) {
  return TextError{word.offset, fmt::format("unexpected `{}` behind the packet", word.text), ""};
}

/// Where the tuple that begins the text ends: three words behind the protocol; without ports
/// at the first word of a `ct` line.
std::size_t tuple_end(std::string_view text, bool ports) {
  Words words(text);
  constexpr int words_of_endpoints = 3;
  std::size_t end = 0;
  for (int count = 0;; ++count) {
    const Word word = words.next();
    const bool behind = count >= words_of_endpoints && (ports || is_ct_word(word.text));
    if (word.text.empty() || word.text == "reply" || behind) return end;
    end = word.offset + word.text.size();
  }
}

/// Reads the tuple `SRC > DST` at `from`, of the protocol named; `from` moves behind it.
Parsed<wire::PacketText> read_tuple(std::string_view text, std::string_view protocol,
                                    std::size_t& from) {
  const std::string_view rest = text.substr(from);
  const std::size_t length = tuple_end(rest, has_ports(protocol));
  const std::string whole =
      std::string(protocol) + " " + std::string(trimmed(rest.substr(0, length)));
  auto tuple = wire::parse_packet(whole);
  if (!tuple) {
    const std::size_t leading = Words(rest).next().offset;
    const std::size_t inside = tuple.error().offset;
    const std::size_t prefix = protocol.size() + 1;
    return TextError{from + (inside < prefix ? leading : leading + inside - prefix),
                     tuple.error().message, tuple.error().hint};
  }
  from += length;
  return tuple;
}

/// A timeout can be pinned from below: `timeout 120+`.
std::optional<TextError> read_ct_number(Words& words, const Word& name, CtPin& pin) {
  const Word number = words.next();
  const bool or_more = name.text == "timeout" && number.text.ends_with('+');
  const std::string_view digits = number.text.substr(0, number.text.size() - (or_more ? 1 : 0));
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return TextError{number.text.empty() ? name.offset : number.offset,
                     fmt::format("`{}` needs a number", name.text),
                     fmt::format("such as `{} 30`", name.text)};
  }
  pin.words.push_back(fmt::format("{} {}{}", name.text, value, or_more ? "+" : ""));
  return std::nullopt;
}

std::optional<TextError> read_helper_name(Words& words, const Word& name, CtPin& pin) {
  const Word helper = words.next();
  if (!model::find_helper(helper.text)) {
    return TextError{helper.text.empty() ? name.offset : helper.offset,
                     fmt::format("`{}` is no helper that Linux has", helper.text),
                     "such as `helper ftp`"};
  }
  pin.words.push_back(fmt::format("{} {}", name.text, helper.text));
  return std::nullopt;
}

TextError unknown_ct_word(const Word& word) {
  std::vector<std::string_view> known(ct_words.begin(), ct_words.end());
  known.insert(known.end(), ct_numbers.begin(), ct_numbers.end());
  known.push_back(helper_word);
  const auto meant = nearest(word.text, known);
  return TextError{word.offset, fmt::format("unknown word `{}` about an entry", word.text),
                   meant.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                 : fmt::format("did you mean `{}`?", meant)};
}

std::optional<TextError> read_ct_words(std::string_view text, std::size_t from, CtPin& pin) {
  Words words(text, from);
  for (Word word = words.next(); !word.text.empty(); word = words.next()) {
    if (std::ranges::find(ct_numbers, word.text) != ct_numbers.end()) {
      if (auto error = read_ct_number(words, word, pin)) return error;
    } else if (word.text == helper_word) {
      if (auto error = read_helper_name(words, word, pin)) return error;
    } else if (std::ranges::find(ct_words, word.text) != ct_words.end()) {
      pin.words.emplace_back(word.text);
    } else {
      return unknown_ct_word(word);
    }
  }
  return std::nullopt;
}

}  // namespace

Parsed<PacketSource> read_packet(std::string_view text) {
  std::size_t consumed = 0;
  auto source = read_leading_packet(text, consumed);
  if (!source) return source;
  const Word behind = Words(text, consumed).next();
  if (behind.text.empty()) return source;
  if (behind.text == "where") return TextError{behind.offset, "`where` belongs to `out` lines", ""};
  return unexpected(behind);
}

Parsed<PinnedPacket> read_pinned_packet(std::string_view text) {
  std::size_t consumed = 0;
  auto source = read_leading_packet(text, consumed);
  if (!source) return source.error();
  PinnedPacket pinned{.packet = std::move(source.value()), .where = {}};
  const Word behind = Words(text, consumed).next();
  if (behind.text.empty()) return pinned;
  if (behind.text != "where") return unexpected(behind);
  const std::size_t from = behind.offset + behind.text.size();
  auto conditions = wire::parse_conditions(text.substr(from));
  if (!conditions) return moved(conditions.error(), from);
  pinned.where = std::move(conditions.value());
  return pinned;
}

Parsed<CtPin> read_ct_pin(std::string_view text) {
  const Word protocol = Words(text).next();
  if (protocol.text.empty()) {
    return TextError{0, "no entry named", "such as `ct udp 10.0.1.2:4000 > 198.51.100.9:53`"};
  }
  std::size_t at = protocol.offset + protocol.text.size();
  auto original = read_tuple(text, protocol.text, at);
  if (!original) return original.error();
  CtPin pin;
  pin.original = std::move(original.value());
  if (const Word word = Words(text, at).next(); word.text == "reply") {
    at = word.offset + word.text.size();
    auto reply = read_tuple(text, protocol.text, at);
    if (!reply) return reply.error();
    pin.reply = std::move(reply.value());
  }
  if (auto error = read_ct_words(text, at, pin)) return *error;
  return pin;
}

namespace {

/// "10.0.1.2:*" and "*" as the packet notation has them: a source of zeros.
std::string with_zeros(std::string_view source) {
  if (source == "*") return "0.0.0.0:0";
  if (source.ends_with(":*")) return std::string(source.substr(0, source.size() - 1)) + "0";
  return std::string(source);
}

/// " call-id 7" when a tunnel's id follows; `behind` then moves behind it.
std::string read_call_id(Words words, std::size_t& behind) {
  if (words.next().text != "call-id") return {};
  const Word number = words.next();
  behind = number.offset + number.text.size();
  return fmt::format(" call-id {}", number.text);
}

std::optional<TextError> read_expect_words(std::string_view text, std::size_t from,
                                           ExpectPin& pin) {
  constexpr std::array<std::string_view, 3> numbers{"timeout", "port", "key"};
  Words words(text, from);
  CtPin known;
  for (Word word = words.next(); !word.text.empty(); word = words.next()) {
    std::optional<TextError> error;
    if (std::ranges::find(numbers, word.text) != numbers.end()) {
      error = read_ct_number(words, word, known);
    } else if (word.text == helper_word) {
      error = read_helper_name(words, word, known);
    } else {
      error =
          TextError{word.offset, fmt::format("unknown word `{}` about an expectation", word.text),
                    "known are timeout, port, key, helper"};
    }
    if (error) return error;
  }
  pin.words = std::move(known.words);
  return std::nullopt;
}

}  // namespace

Parsed<ExpectPin> read_expect_pin(std::string_view text) {
  Words words(text);
  const Word protocol = words.next();
  const Word source = words.next();
  const Word arrow = words.next();
  const Word destination = words.next();
  if (destination.text.empty()) {
    return TextError{0, "no expectation named",
                     "such as `expect tcp 198.51.100.9:* > 203.0.113.1:5001`"};
  }
  std::size_t behind = destination.offset + destination.text.size();
  const std::string call_id = read_call_id(words, behind);
  auto tuple =
      wire::parse_packet(fmt::format("{} {} {} {}{}", protocol.text, with_zeros(source.text),
                                     arrow.text, destination.text, call_id));
  if (!tuple) return TextError{source.offset, tuple.error().message, tuple.error().hint};
  ExpectPin pin{.tuple = std::move(tuple.value())};
  if (auto error = read_expect_words(text, behind, pin)) return *error;
  return pin;
}

std::string print_expected(const wire::PacketText& tuple) {
  const std::string text = tuple.print();
  Words words(text);
  const Word protocol = words.next();
  std::string source(words.next().text);
  if (source == "0.0.0.0:0") {
    source = "*";
  } else if (source.ends_with(":0")) {
    source.back() = '*';
  }
  return fmt::format("{} {} {}", protocol.text, source, words.rest().text);
}

std::string print_reply(const wire::PacketText& reply) {
  const std::string text = reply.print();
  const std::size_t blank = text.find(' ');
  return blank == std::string::npos ? text : text.substr(blank + 1);
}

std::string print_hex(wire::ByteView bytes) {
  std::string out = "hex ";
  for (const std::uint8_t byte : bytes)
    out += fmt::format("{:02x}", byte);
  return out;
}

std::string print_comment(std::string_view comment) {
  std::string out;
  while (!comment.empty()) {
    const std::size_t end = comment.find('\n');
    const std::string_view line = comment.substr(0, end);
    out += line.empty() ? "#\n" : fmt::format("# {}\n", line);
    if (end == std::string_view::npos) break;
    comment.remove_prefix(end + 1);
    if (comment.empty()) out += "#\n";
  }
  return out;
}

std::size_t find_comment(std::string_view line) {
  return find_unquoted(
      line, [&](std::size_t at) { return line[at] == '#' && (at == 0 || is_blank(line[at - 1])); });
}

}  // namespace natstep::harness
