// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/segments.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <optional>

namespace natstep::model {
namespace {

/// Where the headers of a packet of many segments end.
struct Headers {
  L4Location l4;
  std::size_t end = 0;
  [[nodiscard]] bool tcp() const { return l4.protocol == wire::ip_protocol::tcp; }
};

std::optional<Headers> headers_of(const Packet& packet) {
  const auto l4 = locate_l4(packet.bytes);
  if (!l4) return std::nullopt;
  Headers found{.l4 = *l4, .end = l4->offset + wire::udp::size};
  if (found.tcp()) {
    const auto tcp = wire::TcpView::parse(l4_of(packet.bytes, *l4));
    if (!tcp || !tcp->header_fits()) return std::nullopt;
    found.end = packet.bytes.size() - tcp->payload().size();
  }
  return found.end <= packet.bytes.size() ? std::optional(found) : std::nullopt;
}

/// A part of the packet's payload.
struct Part {
  std::size_t number = 0;  // from 0
  std::size_t offset = 0;
  std::size_t length = 0;
  bool last = false;
};

void write_network_length(Step& step, wire::Bytes& segment, const Part& part) {
  if (is_ipv6(segment)) {
    const auto length = segment.size() - wire::ipv6::size;
    wire::store_be16(&segment[wire::ipv6::payload_length], static_cast<std::uint16_t>(length));
    return;
  }
  const wire::Ipv4Edit header{wire::MutableByteView(segment)};
  header.set_total_length(static_cast<std::uint16_t>(segment.size()));
  if (step.holds(Clause::segments_count_up_their_id))
    header.set_id(static_cast<std::uint16_t>(header.id() + part.number));
  header.fill_checksum();
}

/// tcp_gso_segment.
void write_tcp(Step& step, wire::MutableByteView l4, const Part& part) {
  const std::uint32_t sequence = wire::load_be32(&l4[wire::tcp::seq]);
  if (step.holds(Clause::segments_count_up_their_sequence))
    wire::store_be32(&l4[wire::tcp::seq], sequence + static_cast<std::uint32_t>(part.offset));
  std::uint8_t& flags = l4[wire::tcp::flags];
  if (!part.last && step.holds(Clause::last_segment_has_fin_and_psh))
    flags = static_cast<std::uint8_t>(flags & ~(wire::tcp::fin | wire::tcp::psh));
  if (part.number != 0 && step.holds(Clause::first_segment_has_cwr))
    flags = static_cast<std::uint8_t>(flags & ~wire::tcp::cwr);
}

/// The pseudo-header's sum, which stands for the checksum, counts the length of what it belongs to.
void write_checksum(wire::MutableByteView l4, std::size_t at, std::size_t old_length) {
  const std::uint32_t partial = wire::load_be16(&l4[at]);
  const auto less = static_cast<std::uint16_t>(~static_cast<std::uint16_t>(old_length));
  std::uint32_t sum = partial + less + static_cast<std::uint32_t>(l4.size());
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  wire::store_be16(&l4[at], static_cast<std::uint16_t>(sum));
  const std::uint16_t check = wire::internet_checksum(l4, 0);
  wire::store_be16(&l4[at], check == 0 ? 0xffff : check);
}

wire::Bytes segment_of(Step& step, const Packet& packet, const Headers& headers, const Part& part) {
  const auto end_of_headers = packet.bytes.begin() + static_cast<std::ptrdiff_t>(headers.end);
  wire::Bytes segment(packet.bytes.begin(), end_of_headers);
  const auto payload = end_of_headers + static_cast<std::ptrdiff_t>(part.offset);
  segment.insert(segment.end(), payload, payload + static_cast<std::ptrdiff_t>(part.length));
  write_network_length(step, segment, part);
  const auto l4 = wire::MutableByteView(segment).subspan(headers.l4.offset);
  const std::size_t old_length = packet.bytes.size() - headers.l4.offset;
  if (headers.tcp()) {
    write_tcp(step, l4, part);
  } else {
    wire::store_be16(&l4[wire::udp::length], static_cast<std::uint16_t>(l4.size()));
  }
  write_checksum(l4, headers.tcp() ? wire::tcp::checksum : wire::udp::checksum, old_length);
  return segment;
}

}  // namespace

/// tcp_gso_segment refuses to cut what is one segment already. That a packet is more than one the
/// kernel has told by the least header of TCP, without options (virtio_net_hdr_to_skb).
bool is_one_segment_after_all(const Packet& packet) {
  const auto headers = headers_of(packet);
  if (!headers || !headers->tcp()) return false;
  const std::size_t behind_least = packet.bytes.size() - headers->l4.offset - wire::tcp::min_size;
  const std::size_t payload = packet.bytes.size() - headers->end;
  return payload <= packet.segment && behind_least > packet.segment;
}

bool segments_fit(const Packet& packet, std::uint32_t mtu) {
  if (packet.segment == 0) return false;
  const auto headers = headers_of(packet);
  return headers && headers->end + packet.segment <= mtu;
}

std::vector<wire::Bytes> cut_into_segments(Step& step, const Packet& packet) {
  const auto headers = headers_of(packet);
  if (!headers) return {};
  const std::size_t payload = packet.bytes.size() - headers->end;
  std::vector<wire::Bytes> segments;
  for (Part part{}; part.offset < payload; part.offset += part.length, ++part.number) {
    part.length = std::min<std::size_t>(packet.segment, payload - part.offset);
    part.last = part.offset + part.length == payload;
    segments.push_back(segment_of(step, packet, *headers, part));
  }
  return segments;
}

}  // namespace natstep::model
