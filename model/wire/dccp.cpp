// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/dccp.h"

#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"

#include <algorithm>

namespace natstep::wire {
namespace {

/// The numbers of 48 bits, or the short sequence number.
Bytes numbers(const DccpHeader& header) {
  Bytes bytes(header.extended ? dccp::extended_size : dccp::size);
  bytes[dccp::type_and_x] = static_cast<std::uint8_t>(
      header.reserved << 5 | (header.type & 15) << 1 | (header.extended ? 1 : 0));
  const auto store_be48 = [&](std::size_t at, std::uint64_t number) {
    store_be16(&bytes[at], static_cast<std::uint16_t>(number >> 32));
    store_be32(&bytes[at + 2], static_cast<std::uint32_t>(number));
  };
  if (!header.extended) {
    bytes[dccp::short_seq] = static_cast<std::uint8_t>(header.seq >> 16);
    store_be16(&bytes[dccp::short_seq + 1], static_cast<std::uint16_t>(header.seq));
    return bytes;
  }
  store_be48(dccp::seq, header.seq);
  if (dccp::has_ack(header.type)) {
    bytes.resize(dccp::extended_size + dccp::ack_size);
    store_be48(dccp::extended_size + dccp::ack_number, header.ack);
  }
  return bytes;
}

/// What the type has behind that. A short acknowledgement number takes one word.
std::size_t size_behind(const DccpHeader& header) {
  std::size_t words = dccp::has_word(header.type) ? 1 : 0;
  if (!header.extended && dccp::has_ack(header.type)) ++words;
  return words * dccp::word_size;
}

}  // namespace

namespace dccp {

std::optional<std::uint8_t> type_of(std::string_view name) {
  const auto found = std::ranges::find(type_names, name);
  if (found == type_names.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - type_names.begin());
}

}  // namespace dccp

Bytes build(const DccpHeader& header, const Address& src, const Address& dst, ByteView payload) {
  Bytes bytes = numbers(header);
  const std::size_t header_length = bytes.size() + size_behind(header);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  bytes.resize(std::max(bytes.size(), header_length));
  store_be16(&bytes[dccp::src_port], header.src_port);
  store_be16(&bytes[dccp::dst_port], header.dst_port);
  bytes[dccp::data_offset] =
      header.data_offset.value_or(static_cast<std::uint8_t>(header_length / 4));
  bytes[dccp::coverage] = static_cast<std::uint8_t>(header.ccval << 4 | header.coverage);
  const std::uint32_t seed = pseudo_header_sum(src, dst, ip_protocol::dccp, bytes.size());
  const std::uint16_t right = internet_checksum(DccpView(bytes).covered(), seed);
  store_be16(&bytes[dccp::checksum], header.checksum.value_or(right));
  return bytes;
}

}  // namespace natstep::wire
