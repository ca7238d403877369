// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/ipv4.h"

namespace natstep::wire {
namespace {

constexpr std::size_t max_options = ipv4::max_size - ipv4::min_size;

std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

std::uint8_t ihl_for(std::size_t options) {
  return static_cast<std::uint8_t>((ipv4::min_size + std::min(padded(options), max_options)) / 4);
}

}  // namespace

Bytes build(const Ipv4Header& header, ByteView payload) {
  const std::size_t size = ipv4::min_size + padded(header.options.size());
  const std::uint8_t ihl = header.ihl.value_or(ihl_for(header.options.size()));
  Bytes bytes;
  bytes.reserve(size + payload.size());
  bytes.resize(size);
  std::ranges::copy(header.options, bytes.begin() + ipv4::options);
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const Ipv4Edit edit(bytes);
  bytes[ipv4::version_ihl] = static_cast<std::uint8_t>((header.version << 4) | (ihl & 0x0f));
  edit.set_tos(header.tos);
  edit.set_total_length(header.total_length.value_or(static_cast<std::uint16_t>(bytes.size())));
  edit.set_id(header.id);
  edit.set_fragment_word(header.fragment_word);
  edit.set_ttl(header.ttl);
  edit.set_protocol(header.protocol);
  edit.set_src(header.src);
  edit.set_dst(header.dst);
  edit.set_checksum(header.checksum.value_or(internet_checksum(edit.header())));
  return bytes;
}

}  // namespace natstep::wire
