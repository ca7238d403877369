// SPDX-License-Identifier: GPL-2.0-or-later
// SCTP: the common header, chunks, and the CRC32c that protects them. RFC 9260.
#pragma once

#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace natstep::wire {

namespace sctp {
inline constexpr std::size_t src_port = 0;
inline constexpr std::size_t dst_port = 2;
inline constexpr std::size_t vtag = 4;
inline constexpr std::size_t checksum = 8;
inline constexpr std::size_t size = 12;

/// A chunk begins with its type, flags and length; its end is padded to four bytes, which the
/// length does not count.
inline constexpr std::size_t chunk_type = 0;
inline constexpr std::size_t chunk_flags = 1;
inline constexpr std::size_t chunk_length = 2;
inline constexpr std::size_t chunk_size = 4;

/// Behind the chunk header of INIT and INIT_ACK.
inline constexpr std::size_t initiate_tag = 0;
inline constexpr std::size_t initiate_size = 16;

inline constexpr std::uint8_t data = 0;
inline constexpr std::uint8_t init = 1;
inline constexpr std::uint8_t init_ack = 2;
inline constexpr std::uint8_t sack = 3;
inline constexpr std::uint8_t heartbeat = 4;
inline constexpr std::uint8_t heartbeat_ack = 5;
inline constexpr std::uint8_t abort = 6;
inline constexpr std::uint8_t shutdown = 7;
inline constexpr std::uint8_t shutdown_ack = 8;
inline constexpr std::uint8_t error = 9;
inline constexpr std::uint8_t cookie_echo = 10;
inline constexpr std::uint8_t cookie_ack = 11;
inline constexpr std::uint8_t ecne = 12;
inline constexpr std::uint8_t cwr = 13;
inline constexpr std::uint8_t shutdown_complete = 14;

/// The flag of ABORT and SHUTDOWN_COMPLETE that says: the tag is the receiver's own.
inline constexpr std::uint8_t reflected_tag = 1;

constexpr std::size_t padded(std::size_t length) {
  return (length + 3) / 4 * 4;
}
}  // namespace sctp

/// CRC32c (Castagnoli) of `bytes` as RFC 9260 appendix A has it: the value as a big-endian number
/// at the place where it stands in the packet.
std::uint32_t crc32c(ByteView bytes);
/// The same over an SCTP packet that starts at its common header, with the checksum field taken as
/// zero.
std::uint32_t sctp_checksum(ByteView packet);

/// A view that starts at the common header; values are host order. Only a view that `fits()` may be
/// read.
class SctpView {
 public:
  explicit constexpr SctpView(ByteView bytes) : bytes_(bytes) {}
  static constexpr std::optional<SctpView> parse(ByteView bytes) {
    const SctpView view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= sctp::size; }

  [[nodiscard]] constexpr ByteView bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint32_t vtag() const { return load_be32(&bytes_[sctp::vtag]); }
  [[nodiscard]] constexpr std::uint32_t checksum() const {
    return load_be32(&bytes_[sctp::checksum]);
  }
  [[nodiscard]] bool checksum_valid() const { return sctp_checksum(bytes_) == checksum(); }
  [[nodiscard]] constexpr ByteView chunks() const { return bytes_.subspan(sctp::size); }

 private:
  ByteView bytes_;
};

/// A chunk as its header describes it.
struct SctpChunk {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint16_t length = 0;  // chunk header included
  ByteView rest;             // behind the chunk header, to the end of the packet

  /// The initiate tag of INIT and INIT_ACK; nothing when the packet ends before the fixed fields
  /// do. The chunk's own length does not matter here.
  [[nodiscard]] std::optional<std::uint32_t> initiate_tag() const;
};

/// Walks the chunks of a packet by their lengths, as long as there is a chunk header.
class SctpChunkReader {
 public:
  explicit SctpChunkReader(ByteView chunks) : rest_(chunks) {}
  /// The next chunk; nothing at the end, or when what is left is no chunk header. A length of zero
  /// comes back again and again, and is the caller's to see.
  std::optional<SctpChunk> next();
  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

/// A common header to build.
struct SctpHeader {
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::uint32_t vtag = 0;
  std::optional<std::uint32_t> checksum{};
};

/// The header followed by `chunks`.
Bytes build(const SctpHeader& header, ByteView chunks);

}  // namespace natstep::wire
