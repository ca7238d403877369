// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/law_packet.h"

#include "model/protocol.h"
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>

namespace natstep::harness {
namespace {

using wire::AddressFamily;
using wire::ByteView;
namespace protocol = model::protocol;

std::uint8_t icmp_of(AddressFamily family) {
  return family == AddressFamily::ipv6 ? protocol::icmpv6 : protocol::icmp;
}

ChecksumState judged(bool valid) {
  return valid ? ChecksumState::valid : ChecksumState::bad;
}

/// RFC 791 section 3.1: the source route of a packet, type and length included; empty without one.
ByteView source_route(const LawPacket& packet) {
  constexpr std::uint8_t end = 0, nop = 1, loose = 131, strict = 137;
  if (packet.family() != AddressFamily::ipv4) return {};
  ByteView options = wire::Ipv4View(packet.bytes()).options();
  while (options.size() >= 2 && options[0] != end) {
    const std::size_t length = options[0] == nop ? 1 : options[1];
    if (length == 0 || length > options.size()) return {};
    if (options[0] == loose || options[0] == strict) return options.first(length);
    options = options.subspan(length);
  }
  return {};
}

/// RFC 1122 section 4.1.3.4 speaks of the final destination: the last place of a source route,
/// until that is reached.
wire::Address final_destination(const LawPacket& packet) {
  const ByteView route = source_route(packet);
  constexpr std::size_t one_place = 7, address = 4;
  if (route.size() < one_place || route[2] > route.size()) return packet.dst();
  return wire::Address::ipv4(wire::load_be32(&route[route.size() - address]));
}

std::uint32_t pseudo_header(const LawPacket& packet, std::size_t length) {
  return wire::pseudo_header_sum(packet.src(), final_destination(packet), packet.protocol(),
                                 length);
}

ChecksumState udp_checksum(const LawPacket& packet) {
  const auto view = wire::UdpView::parse(packet.payload());
  if (!view || view->length() < wire::udp::size || view->length() > packet.payload().size()) {
    return ChecksumState::none;
  }
  if (view->checksum() == 0) return ChecksumState::absent;
  return judged(view->checksum_valid(pseudo_header(packet, view->length())));
}

ChecksumState udplite_checksum(const LawPacket& packet) {
  const auto view = wire::UdpliteView::parse(packet.payload());
  if (!view || !view->coverage_sane()) return ChecksumState::none;
  return judged(
      wire::checksum_valid(view->covered(), pseudo_header(packet, packet.payload().size())));
}

ChecksumState dccp_checksum(const LawPacket& packet) {
  const auto view = wire::DccpView::parse(packet.payload());
  if (!view || !view->coverage_sane()) return ChecksumState::none;
  return judged(
      wire::checksum_valid(view->covered(), pseudo_header(packet, packet.payload().size())));
}

/// TCP, ICMPv6, and ICMP, which has no pseudo-header.
ChecksumState whole_checksum(const LawPacket& packet, std::size_t least) {
  const auto payload = packet.payload();
  if (payload.size() < least) return ChecksumState::none;
  const bool bare = packet.protocol() == protocol::icmp;
  return judged(wire::checksum_valid(payload, bare ? 0 : pseudo_header(packet, payload.size())));
}

/// A range of bytes, counted from the transport header.
struct Range {
  std::size_t from = 0;
  std::size_t size = 0;
};

std::vector<Range> owned_of_icmp(const LawPacket& packet) {
  // Both protocols keep checksum and identifier in the same places.
  const auto payload = packet.payload();
  if (payload.empty()) return {};
  const bool v6 = packet.family() == AddressFamily::ipv6;
  const bool query = v6 ? wire::icmpv6::is_query(payload[0]) : wire::icmpv4::is_query(payload[0]);
  if (query) return {{wire::icmpv4::checksum, 2}, {wire::icmpv4::id, 2}};
  return {{wire::icmpv4::checksum, 2}};
}

std::vector<Range> owned_l4(const LawPacket& packet) {
  const auto payload = packet.payload();
  if (packet.is_icmp()) return owned_of_icmp(packet);
  switch (packet.protocol()) {
    case protocol::udp:
      return {{wire::udp::src_port, 4}, {wire::udp::checksum, 2}};
    case protocol::tcp:
      return {{wire::tcp::src_port, 4}, {wire::tcp::checksum, 2}};
    case protocol::udplite:
      return {{wire::udplite::src_port, 4}, {wire::udplite::checksum, 2}};
    case protocol::dccp:
      return {{wire::dccp::src_port, 4}, {wire::dccp::checksum, 2}};
    case protocol::sctp:
      return {{wire::sctp::src_port, 4}, {wire::sctp::checksum, 4}};
    case protocol::gre:
      if (payload.size() < wire::gre::pptp_size || wire::gre::version(payload) != 1) return {};
      return {{wire::gre::call_id, 2}};
    default:
      return {};
  }
}

void mark(std::vector<bool>& owned, std::size_t from, std::size_t size) {
  for (std::size_t i = from; i < std::min(from + size, owned.size()); ++i)
    owned[i] = true;
}

enum class Layer : std::uint8_t { outer, quoted };

void mark_header(std::vector<bool>& owned, const LawPacket& packet, std::size_t at, Layer layer) {
  if (packet.family() == AddressFamily::ipv6) {
    mark(owned, at + wire::ipv6::src, wire::ipv6::size - wire::ipv6::src);
    if (layer == Layer::outer) mark(owned, at + wire::ipv6::hop_limit, 1);
    return;
  }
  mark(owned, at + wire::ipv4::checksum, 2);
  mark(owned, at + wire::ipv4::src, 8);
  if (layer == Layer::quoted) return;
  // Of the options the router may write some (record route, timestamp).
  mark(owned, wire::ipv4::ttl, 1);
  mark(owned, wire::ipv4::options, packet.l4_offset() - wire::ipv4::min_size);
}

void mark_owned(std::vector<bool>& owned, const LawPacket& packet, std::size_t at, Layer layer) {
  mark_header(owned, packet, at, layer);
  const auto l4 = at + packet.l4_offset();
  for (const auto& range : owned_l4(packet))
    mark(owned, l4 + range.from, range.size);
  if (layer == Layer::quoted) return;
  if (const auto quoted = packet.quoted())
    mark_owned(owned, *quoted, l4 + wire::icmpv4::size, Layer::quoted);
}

}  // namespace

std::optional<LawPacket> LawPacket::read(ByteView bytes) {
  const auto family = model::family_of(bytes);
  if (bytes.empty() || (family == AddressFamily::ipv4 && bytes.front() >> 4 != 4)) return {};
  LawPacket packet(bytes, family);
  if (!packet.understand()) return {};
  packet.bytes_ = bytes.first(std::min(packet.total_length_, bytes.size()));
  return packet.l4_.offset <= packet.bytes_.size() ? std::optional(packet) : std::nullopt;
}

std::optional<LawPacket> LawPacket::read_quoted(ByteView bytes, AddressFamily family) {
  LawPacket packet(bytes, family);
  return packet.understand() ? std::optional(packet) : std::nullopt;
}

bool LawPacket::understand() {
  return family_ == AddressFamily::ipv6 ? understand_ipv6() : understand_ipv4();
}

bool LawPacket::understand_ipv4() {
  const auto view = wire::Ipv4View::parse(bytes_);
  if (!view || !view->header_fits()) return false;
  total_length_ = view->total_length();
  fragment_ = view->is_fragment();
  begins_ = view->fragment_offset() == 0;
  l4_ = {.offset = view->header_length(), .protocol = view->protocol()};
  return true;
}

bool LawPacket::understand_ipv6() {
  const auto view = wire::Ipv6View::parse(bytes_);
  if (!view) return false;
  const auto walk = view->walk();
  if (walk.end == wire::ExtensionWalk::End::truncated || walk.offset > bytes_.size()) return false;
  total_length_ = view->total_length();
  fragment_ = walk.fragment.has_value();
  begins_ = walk.fragment_offset() == 0;
  l4_ = {.offset = walk.offset, .protocol = walk.protocol};
  return true;
}

std::uint8_t LawPacket::hops() const {
  return family_ == AddressFamily::ipv6 ? wire::Ipv6View(bytes_).hop_limit()
                                        : wire::Ipv4View(bytes_).ttl();
}

std::optional<model::Tuple> LawPacket::tuple() const {
  const auto where = model::locate_l4(bytes_, family_);
  return where ? model::tuple_of(bytes_, family_, *where) : std::nullopt;
}

bool LawPacket::header_checksum_valid() const {
  return family_ == AddressFamily::ipv6 || wire::Ipv4View(bytes_).checksum_valid();
}

bool LawPacket::is_icmp() const {
  return protocol() == icmp_of(family_);
}

bool LawPacket::is_icmp_error() const {
  if (!is_icmp() || !begins_ || payload().size() < wire::icmpv4::size) return false;
  const auto type = payload()[wire::icmpv4::type];
  return family_ == AddressFamily::ipv6 ? wire::icmpv6::is_error(type)
                                        : wire::icmpv4::is_error(type);
}

bool LawPacket::is_source_routed() const {
  return !source_route(*this).empty();
}

std::optional<LawPacket> LawPacket::quoted() const {
  if (!is_icmp_error()) return std::nullopt;
  return read_quoted(payload().subspan(wire::icmpv4::size), family_);
}

std::string_view word(ChecksumState state) {
  switch (state) {
    case ChecksumState::none:
      return "without a checksum";
    case ChecksumState::absent:
      return "absent";
    case ChecksumState::valid:
      return "valid";
    case ChecksumState::bad:
      return "bad";
  }
  return "";
}

ChecksumState l4_checksum(const LawPacket& packet) {
  if (packet.is_fragment() || packet.bytes().size() < packet.total_length())
    return ChecksumState::none;
  if (packet.is_icmp()) return whole_checksum(packet, wire::icmpv4::size);
  switch (packet.protocol()) {
    case protocol::udp:
      return udp_checksum(packet);
    case protocol::udplite:
      return udplite_checksum(packet);
    case protocol::dccp:
      return dccp_checksum(packet);
    case protocol::sctp:
      if (packet.payload().size() < wire::sctp::size) return ChecksumState::none;
      return judged(wire::SctpView(packet.payload()).checksum_valid());
    case protocol::tcp:
      return whole_checksum(packet, wire::tcp::min_size);
    default:
      return ChecksumState::none;
  }
}

std::vector<bool> owned_bytes(const LawPacket& packet) {
  std::vector<bool> owned(packet.bytes().size(), false);
  mark_owned(owned, packet, 0, Layer::outer);
  return owned;
}

}  // namespace natstep::harness
