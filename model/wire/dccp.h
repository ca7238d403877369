// SPDX-License-Identifier: GPL-2.0-or-later
// DCCP: field offsets, view, builder. RFC 4340 section 5.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace natstep::wire {

namespace dccp {
inline constexpr std::size_t src_port = 0;
inline constexpr std::size_t dst_port = 2;
inline constexpr std::size_t data_offset = 4;  // in words of four bytes
inline constexpr std::size_t coverage = 5;     // the low four bits
inline constexpr std::size_t checksum = 6;
inline constexpr std::size_t type_and_x = 8;  // three reserved bits, four of the type, and X
inline constexpr std::size_t short_seq = 9;
inline constexpr std::size_t size = 12;  // with a sequence number of 24 bits

/// X = 1: sequence and acknowledgement numbers have 48 bits.
inline constexpr std::size_t seq = 10;
inline constexpr std::size_t extended_size = 16;
/// Behind that header, where the type has one: two reserved bytes and an acknowledgement number.
inline constexpr std::size_t ack_size = 8;
inline constexpr std::size_t ack_number = 2;
/// The word behind that: a service code, or a reset's code and data.
inline constexpr std::size_t word_size = 4;

inline constexpr std::uint8_t request = 0;
inline constexpr std::uint8_t response = 1;
inline constexpr std::uint8_t data = 2;
inline constexpr std::uint8_t ack = 3;
inline constexpr std::uint8_t data_ack = 4;
inline constexpr std::uint8_t close_request = 5;
inline constexpr std::uint8_t close = 6;
inline constexpr std::uint8_t reset = 7;
inline constexpr std::uint8_t sync = 8;
inline constexpr std::uint8_t sync_ack = 9;
inline constexpr std::uint8_t first_reserved = 10;

/// What the packet notation calls the types.
inline constexpr std::array<std::string_view, first_reserved> type_names{
    "REQUEST",  "RESPONSE", "DATA",  "ACK",  "DATAACK",
    "CLOSEREQ", "CLOSE",    "RESET", "SYNC", "SYNCACK"};
std::optional<std::uint8_t> type_of(std::string_view name);

constexpr bool has_ack(std::uint8_t type) {
  return type != request && type != data && type < first_reserved;
}
constexpr bool has_word(std::uint8_t type) {
  return type == request || type == response || type == reset;
}
}  // namespace dccp

/// A view that starts at the header; values are host order. Only a view that `fits()` may be read,
/// and of the numbers only those that are there.
class DccpView {
 public:
  explicit constexpr DccpView(ByteView bytes) : bytes_(bytes) {}
  static constexpr std::optional<DccpView> parse(ByteView bytes) {
    const DccpView view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= dccp::size; }

  [[nodiscard]] constexpr ByteView bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::size_t header_length() const {
    return std::size_t{bytes_[dccp::data_offset]} * 4;
  }
  [[nodiscard]] constexpr std::uint8_t coverage() const { return bytes_[dccp::coverage] & 15; }
  [[nodiscard]] constexpr std::uint16_t checksum() const {
    return load_be16(&bytes_[dccp::checksum]);
  }
  [[nodiscard]] constexpr std::uint8_t type() const { return bytes_[dccp::type_and_x] >> 1 & 15; }
  [[nodiscard]] constexpr bool extended() const { return (bytes_[dccp::type_and_x] & 1) != 0; }
  /// The size of the header up to its sequence number.
  [[nodiscard]] constexpr std::size_t fixed_size() const {
    return extended() ? dccp::extended_size : dccp::size;
  }
  [[nodiscard]] constexpr std::uint64_t seq() const {
    if (extended()) return load_be48(&bytes_[dccp::seq]);
    return load_be32(&bytes_[dccp::type_and_x]) & 0xffffff;
  }
  /// The acknowledgement number of 48 bits that stands behind the sequence number.
  [[nodiscard]] constexpr std::uint64_t ack() const {
    return load_be48(&bytes_[fixed_size() + dccp::ack_number]);
  }
  /// RFC 4340 section 9.2: zero covers everything; otherwise the header, and of what follows one
  /// word less than it says.
  [[nodiscard]] constexpr bool coverage_sane() const {
    return covered_size() <= bytes_.size() && header_length() >= dccp::size;
  }
  /// The bytes under the checksum; all that there are where lengths make no sense.
  [[nodiscard]] constexpr ByteView covered() const {
    return coverage_sane() ? bytes_.first(covered_size()) : bytes_;
  }

 private:
  static constexpr std::uint64_t load_be48(const std::uint8_t* at) {
    return std::uint64_t{load_be16(at)} << 32 | load_be32(at + 2);
  }
  [[nodiscard]] constexpr std::size_t covered_size() const {
    return coverage() == 0 ? bytes_.size() : header_length() + (coverage() - std::size_t{1}) * 4;
  }

  ByteView bytes_;
};

/// A header to build. What is unset is computed.
struct DccpHeader {
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::uint8_t type = dccp::request;
  bool extended = true;
  std::uint64_t seq = 0;
  std::uint64_t ack = 0;  // of 48 bits; a shorter one is payload
  std::uint8_t ccval = 0;
  std::uint8_t coverage = 0;
  std::uint8_t reserved = 0;
  std::optional<std::uint8_t> data_offset{};
  std::optional<std::uint16_t> checksum{};
};

/// The header followed by `payload`, which begins with what the type has behind the numbers, and is
/// filled up with zeros to that. `src` and `dst` are for the checksum.
Bytes build(const DccpHeader& header, const Address& src, const Address& dst, ByteView payload);

}  // namespace natstep::wire
