// SPDX-License-Identifier: GPL-2.0-or-later
// UDP-Lite: field offsets, view, builder. RFC 3828. The header is UDP's, with the checksum's
// coverage where UDP has the length.
#pragma once

#include "model/wire/bytes.h"
#include "model/wire/checksum.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace natstep::wire {

namespace udplite {
inline constexpr std::size_t src_port = 0;
inline constexpr std::size_t dst_port = 2;
inline constexpr std::size_t coverage = 4;
inline constexpr std::size_t checksum = 6;
inline constexpr std::size_t size = 8;
}  // namespace udplite

/// A view that starts at the UDP-Lite header; values are host order. Only a view that `fits()` may
/// be read.
class UdpliteView {
 public:
  explicit constexpr UdpliteView(ByteView bytes) : bytes_(bytes) {}
  static constexpr std::optional<UdpliteView> parse(ByteView bytes) {
    const UdpliteView view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= udplite::size; }

  [[nodiscard]] constexpr ByteView bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint16_t coverage() const {
    return load_be16(&bytes_[udplite::coverage]);
  }
  [[nodiscard]] constexpr std::uint16_t checksum() const {
    return load_be16(&bytes_[udplite::checksum]);
  }
  /// RFC 3828 section 3.1: zero covers everything; otherwise the header at least, and no more than
  /// there is.
  [[nodiscard]] constexpr bool coverage_sane() const {
    return coverage() == 0 || (coverage() >= udplite::size && coverage() <= bytes_.size());
  }
  /// The bytes under the checksum; all that there are where the coverage makes no sense.
  [[nodiscard]] constexpr ByteView covered() const {
    return coverage() != 0 && coverage_sane() ? bytes_.first(coverage()) : bytes_;
  }

 private:
  ByteView bytes_;
};

/// A UDP-Lite header to build. What is unset is computed.
struct UdpliteHeader {
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::uint16_t coverage = 0;  // bytes, header included; 0: all
  std::optional<std::uint16_t> checksum{};
};

/// The header followed by `payload`; `src` and `dst` are for the checksum.
Bytes build(const UdpliteHeader& header, const Address& src, const Address& dst, ByteView payload);

}  // namespace natstep::wire
