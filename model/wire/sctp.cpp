// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/sctp.h"

#include <algorithm>
#include <array>

namespace natstep::wire {
namespace {

/// The remainders of all bytes. The polynomial is 0x1edc6f41, here in mirrored bits, since the
/// lowest bit of a byte goes first.
constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t mirrored_polynomial = 0x82f63b78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? mirrored_polynomial : 0);
    }
    table[byte] = remainder;
  }
  return table;
}
constexpr auto table = make_table();
constexpr std::uint32_t seed = 0xffffffff;

std::uint32_t continued(std::uint32_t remainder, ByteView bytes) {
  for (const std::uint8_t byte : bytes)
    remainder = (remainder >> 8) ^ table[(remainder ^ byte) & 0xff];
  return remainder;
}

/// The lowest byte of the remainder is sent first.
constexpr std::uint32_t in_wire_order(std::uint32_t remainder) {
  const std::uint32_t value = ~remainder;
  return (value >> 24) | ((value >> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24);
}

}  // namespace

std::uint32_t crc32c(ByteView bytes) {
  return in_wire_order(continued(seed, bytes));
}

std::uint32_t sctp_checksum(ByteView packet) {
  constexpr std::array<std::uint8_t, 4> zeros{};
  std::uint32_t remainder = continued(seed, packet.first(sctp::checksum));
  remainder = continued(remainder, zeros);
  return in_wire_order(continued(remainder, packet.subspan(sctp::size)));
}

std::optional<std::uint32_t> SctpChunk::initiate_tag() const {
  if (rest.size() < sctp::initiate_size) return std::nullopt;
  return load_be32(&rest[sctp::initiate_tag]);
}

std::optional<SctpChunk> SctpChunkReader::next() {
  if (rest_.size() < sctp::chunk_size) return std::nullopt;
  const SctpChunk chunk{.type = rest_[sctp::chunk_type],
                        .flags = rest_[sctp::chunk_flags],
                        .length = load_be16(&rest_[sctp::chunk_length]),
                        .rest = rest_.subspan(sctp::chunk_size)};
  rest_ = rest_.subspan(std::min(sctp::padded(chunk.length), rest_.size()));
  return chunk;
}

Bytes build(const SctpHeader& header, ByteView chunks) {
  Bytes bytes(sctp::size);
  bytes.insert(bytes.end(), chunks.begin(), chunks.end());
  store_be16(&bytes[sctp::src_port], header.src_port);
  store_be16(&bytes[sctp::dst_port], header.dst_port);
  store_be32(&bytes[sctp::vtag], header.vtag);
  store_be32(&bytes[sctp::checksum], header.checksum ? *header.checksum : sctp_checksum(bytes));
  return bytes;
}

}  // namespace natstep::wire
