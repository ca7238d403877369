// SPDX-License-Identifier: GPL-2.0-or-later
// The packet notation: one text form for scenarios, logs, golden files and reports. What is printed
// parses back to the same bytes; a packet that the notation cannot say is printed as `hex ...`.
//
//   udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 "one"
//   tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000 win 65535 mss 1460
//   icmp 198.51.100.1 > 203.0.113.1 time-exceeded [ udp 203.0.113.1:4000 > 198.51.100.9:53 cut 28 ]
//
// The full grammar stands in text.cpp.
#pragma once

#include "model/wire/bytes.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace natstep::wire {

/// A mistake in a text: where (0-based offset into the text given), what, and what was expected or
/// meant.
struct TextError {
  std::size_t offset = 0;
  std::string message;  // "unknown field `tll`"
  std::string hint;     // "did you mean `ttl`?", may be empty
};

/// A value or the error that prevented it.
template <typename T>
class Parsed {
 public:
  Parsed(T value) : content_(std::move(value)) {}          // NOLINT: a value is a result
  Parsed(TextError error) : content_(std::move(error)) {}  // NOLINT: an error is one as well
  explicit operator bool() const { return std::holds_alternative<T>(content_); }
  const T& value() const { return std::get<T>(content_); }
  T& value() { return std::get<T>(content_); }
  const TextError& error() const { return std::get<TextError>(content_); }

 private:
  std::variant<T, TextError> content_;
};

/// `$p in 1024-65535 and $p != 4000` is two of these; `$p odd` is one.
struct Condition {
  std::string variable;  // without '$'
  enum class Kind : std::uint8_t { in_range, equal, not_equal, even, odd } kind{};
  std::uint32_t low = 0, high = 0;  // equal, not_equal: low; even, odd: neither
};

/// Values of $variables, bound by earlier lines.
using Variables = std::map<std::string, std::uint32_t, std::less<>>;

/// A packet as written: what was mentioned and what was left to defaults. Opaque but copyable; see
/// text.cpp.
class PacketText {
 public:
  struct Node;  // one header with its fields, and what it carries
  PacketText();
  explicit PacketText(std::shared_ptr<const Node> root);

  /// The bytes that the notation stands for. Needs every variable bound.
  [[nodiscard]] Parsed<Bytes> build(const Variables& variables) const;

  /// Compares only what the text mentions. Unbound variables are bound from the packet (into
  /// `variables`). Returns one line a mismatch: "udp.dst_port: the script says 53, the packet has
  /// 54".
  [[nodiscard]] std::vector<std::string> mismatches(ByteView packet, Variables& variables) const;

  /// The names of all $variables.
  [[nodiscard]] std::vector<std::string> variables() const;

  /// The canonical text.
  [[nodiscard]] std::string print() const;

  [[nodiscard]] const Node& root() const { return *root_; }

 private:
  std::shared_ptr<const Node> root_;
};

/// Parses a packet from the beginning of `text`; `consumed` is where it stopped (at the end, or at
/// a word such as `where`).
Parsed<PacketText> parse_packet(std::string_view text, std::size_t& consumed);
/// Parses all of `text`.
Parsed<PacketText> parse_packet(std::string_view text);
/// Parses the conditions behind `where`.
Parsed<std::vector<Condition>> parse_conditions(std::string_view text);
/// A condition as parse_conditions reads it.
std::string to_string(const Condition& condition);

/// The shortest notation that builds exactly `packet`: parse_packet(print_packet(b))->build() == b
/// for every b.
std::string print_packet(ByteView packet);

/// The packet taken apart for a report: "ipv4.ttl" -> "63", "udp.checksum" -> "0x7d1e valid", ...
/// in wire order. Embedded packets' fields are prefixed: "icmp.embedded.udp.src_port". The payload
/// is one field of hex and text.
struct FieldText {
  std::string name;
  std::string value;
  std::size_t offset = 0;  // first byte in the packet
  std::size_t length = 0;  // bytes
};
std::vector<FieldText> dissect(ByteView packet);

}  // namespace natstep::wire
