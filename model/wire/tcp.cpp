// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/tcp.h"

#include "model/wire/ipv4.h"

#include <array>

namespace natstep::wire {
namespace tcp {
namespace {

/// By bit, lowest first: the order in which people say them.
constexpr std::array<std::string_view, 8> flag_names = {"FIN", "SYN", "RST", "PSH",
                                                        "ACK", "URG", "ECE", "CWR"};

}  // namespace

std::string flags_to_string(std::uint8_t bits) {
  std::string text;
  for (std::size_t bit = 0; bit < flag_names.size(); ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    if (!text.empty()) text += ',';
    text += flag_names[bit];
  }
  return text.empty() ? "none" : text;
}

std::optional<std::uint8_t> flag_of(std::string_view name) {
  const auto found = std::ranges::find(flag_names, name);
  if (found == flag_names.end()) return std::nullopt;
  return static_cast<std::uint8_t>(1u << (found - flag_names.begin()));
}

}  // namespace tcp

namespace {

std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

void set_numbers(const TcpEdit& edit, const TcpHeader& header) {
  edit.set_src_port(header.src_port);
  edit.set_dst_port(header.dst_port);
  edit.set_seq(header.seq);
  edit.set_ack(header.ack);
  edit.set_flags(header.flags);
  edit.set_window(header.window);
  store_be16(&edit.bytes()[tcp::urgent], header.urgent);
}

}  // namespace

Bytes build(const TcpHeader& header, std::uint32_t src, std::uint32_t dst, ByteView payload) {
  return build(header, Address::ipv4(src), Address::ipv4(dst), payload);
}

Bytes build(const TcpHeader& header, const Address& src, const Address& dst, ByteView payload) {
  const std::size_t size = tcp::min_size + padded(header.options.size());
  const std::size_t words = std::min(size, tcp::max_size) / 4;
  const std::uint8_t offset = header.data_offset.value_or(static_cast<std::uint8_t>(words));
  Bytes bytes;
  bytes.reserve(size + payload.size());
  bytes.resize(size);
  std::ranges::copy(header.options, bytes.begin() + tcp::options);
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const TcpEdit edit(bytes);
  set_numbers(edit, header);
  bytes[tcp::offset_reserved] = static_cast<std::uint8_t>((offset << 4) | (header.reserved & 0x0f));
  const std::uint32_t seed = pseudo_header_sum(src, dst, ip_protocol::tcp, bytes.size());
  edit.set_checksum(header.checksum ? *header.checksum : internet_checksum(bytes, seed));
  return bytes;
}

}  // namespace natstep::wire
