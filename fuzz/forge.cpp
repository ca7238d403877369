// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/forge.h"

#include "fuzz/events.h"
#include "fuzz/packet_layers.h"
#include "fuzz/packet_parts.h"
#include "fuzz/patch.h"
#include "fuzz/payloads.h"
#include "fuzz/pieces.h"
#include "fuzz/upper_layer.h"
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

#include <algorithm>
#include <utility>

namespace natstep::fuzz {
namespace {

using wire::AddressFamily;
using wire::Bytes;
using wire::ByteView;

void append(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes ip_packet(const wire::Address& src, const wire::Address& dst, const UpperLayer& upper) {
  Bytes packet;
  if (src.family == AddressFamily::ipv6) {
    packet.resize(wire::ipv6::size);
    packet[0] = 0x60;
    packet[wire::ipv6::next_header] = upper.protocol;
    packet[wire::ipv6::hop_limit] = 64;
  } else {
    packet.resize(wire::ipv4::min_size);
    packet[wire::ipv4::version_ihl] = 0x45;
    packet[wire::ipv4::ttl] = 64;
    packet[wire::ipv4::protocol] = upper.protocol;
  }
  set_source(packet, src);
  set_destination(packet, dst);
  append(packet, upper.bytes);
  return packet;
}

void swap_addresses(Bytes& packet, const Layers& layers) {
  const wire::Address src = source_of(packet, layers.family);
  set_source(packet, destination_of(packet, layers.family));
  set_destination(packet, src);
}

void swap_words(std::span<std::uint8_t> l4, std::size_t a, std::size_t b, std::size_t size) {
  std::swap_ranges(l4.begin() + static_cast<std::ptrdiff_t>(a),
                   l4.begin() + static_cast<std::ptrdiff_t>(a + size),
                   l4.begin() + static_cast<std::ptrdiff_t>(b));
}

/// What a segment takes of the sequence space.
std::uint32_t segment_length(const wire::TcpView& segment) {
  const auto flags =
      (segment.has(wire::tcp::syn) ? 1u : 0u) + (segment.has(wire::tcp::fin) ? 1u : 0u);
  return static_cast<std::uint32_t>(segment.payload().size()) + flags;
}

void set_content(Bytes& packet, std::size_t from, std::uint8_t content) {
  packet.resize(std::min(from, packet.size()));
  append(packet, payload(content));
}

/// The segment that comes next, of the same end or of the other.
void next_segment(Bytes& packet, const Layers& layers, const Op& op, bool reply) {
  if (packet.size() < layers.l4 + wire::tcp::min_size) return;
  const auto l4 = std::span(packet).subspan(layers.l4);
  const wire::TcpView old(l4);
  const std::uint32_t end = old.seq() + segment_length(old);
  const bool knows_other = old.has(wire::tcp::ack_flag);
  const std::uint8_t flags = tcp_flags(op.kind);
  const std::uint32_t other = knows_other ? old.ack() : reply ? answerer_seq : answerer_seq + 1;
  const bool acks = (flags & wire::tcp::ack_flag) != 0;
  wire::store_be32(&l4[wire::tcp::seq], reply ? other : end);
  wire::store_be32(&l4[wire::tcp::ack], !acks ? 0 : reply ? end : other);
  if (reply) swap_words(l4, wire::tcp::src_port, wire::tcp::dst_port, 2);
  l4[wire::tcp::flags] = flags;
  const ByteView options = tcp_options(op.extra);
  l4[wire::tcp::offset_reserved] =
      static_cast<std::uint8_t>((wire::tcp::min_size + options.size()) / 4 << 4);
  packet.resize(layers.l4 + wire::tcp::min_size);
  append(packet, options);
  append(packet, payload(op.content));
}

void next_chunk(Bytes& packet, const Layers& layers, const Op& op, bool reply) {
  if (packet.size() < layers.l4 + wire::sctp::size) return;
  const auto l4 = std::span(packet).subspan(layers.l4);
  const std::uint32_t tag = wire::load_be32(&l4[wire::sctp::vtag]);
  const bool from_opener = (tag == answerer_tag || tag == 0) != reply;
  const std::uint8_t type = chunk_type(op.kind);
  if (reply) swap_words(l4, wire::sctp::src_port, wire::sctp::dst_port, 2);
  wire::store_be32(&l4[wire::sctp::vtag], type == wire::sctp::init ? 0
                                          : from_opener            ? answerer_tag
                                                                   : opener_tag);
  packet.resize(layers.l4 + wire::sctp::size);
  put_chunk(packet, type, from_opener ? opener_tag : answerer_tag);
  if (op.extra >= 200)
    put_chunk(packet, chunk_type(op.extra), from_opener ? opener_tag : answerer_tag);
}

/// Each packet takes one number. One that acknowledges nothing tells by its own number whose it is.
void next_dccp(Bytes& packet, const Layers& layers, const Op& op, bool reply) {
  Bytes l4(packet.begin() + static_cast<std::ptrdiff_t>(layers.l4), packet.end());
  const wire::DccpView old(l4);
  if (!old.fits() || l4.size() < old.fixed_size()) return;
  const bool knows_other =
      wire::dccp::has_ack(old.type()) && l4.size() >= old.fixed_size() + wire::dccp::ack_size;
  const std::uint64_t guessed = old.seq() < answerer_seq ? answerer_seq : opener_seq;
  const std::uint64_t own = old.seq(), other = knows_other ? old.ack() : guessed;
  if (reply) swap_words(l4, wire::dccp::src_port, wire::dccp::dst_port, 2);
  put_dccp(l4, {.type = dccp_type(op.kind),
                .seq = !reply        ? own + 1
                       : knows_other ? other + 1
                                     : other,
                .ack = reply ? own : other,
                .extra = op.extra,
                .content = op.content});
  packet.resize(layers.l4);
  append(packet, l4);
}

/// The type that answers a query; any other stays as it is.
std::uint8_t answering_type(AddressFamily family, std::uint8_t type) {
  if (family == AddressFamily::ipv6) return type == 128 ? 129 : type;
  if (type == 8) return 0;
  const bool asks = type == 13 || type == 15 || type == 17;
  return asks ? static_cast<std::uint8_t>(type + 1) : type;
}

void next_icmp(Bytes& packet, const Layers& layers, bool reply) {
  if (packet.size() < layers.l4 + wire::icmp::size) return;
  const auto l4 = std::span(packet).subspan(layers.l4);
  if (reply) {
    l4[wire::icmp::type] = answering_type(layers.family, l4[wire::icmp::type]);
  } else {
    l4[wire::icmp::seq + 1] = static_cast<std::uint8_t>(l4[wire::icmp::seq + 1] + 1);
  }
}

void next_gre(Bytes& packet, const Layers& layers, bool reply) {
  if (!reply || packet.size() < layers.l4 + wire::gre::pptp_size) return;
  auto l4 = std::span(packet).subspan(layers.l4);
  if (wire::gre::version(l4) == 1) l4[wire::gre::call_id + 1] ^= 7 ^ 9;
}

/// What the sender of `base`, or who got it, would send next.
Bytes follow_up(ByteView base, const Op& op, bool reply) {
  Bytes packet(base.begin(), base.end());
  const Layers layers = layers_of(packet);
  if (!layers.any()) return packet;
  if (reply) swap_addresses(packet, layers);
  packet[layers.family == AddressFamily::ipv6 ? wire::ipv6::hop_limit : wire::ipv4::ttl] = 64;
  if (layers.later_fragment) return packet;
  if (layers.is_tcp()) {
    next_segment(packet, layers, op, reply);
  } else if (layers.protocol == 132) {
    next_chunk(packet, layers, op, reply);
  } else if (layers.protocol == model::protocol::dccp) {
    next_dccp(packet, layers, op, reply);
  } else if (layers.is_icmp()) {
    next_icmp(packet, layers, reply);
  } else if (layers.protocol == 47) {
    next_gre(packet, layers, reply);
  } else if (packet.size() >= layers.l4 + wire::udp::size) {
    if (reply) swap_words(std::span(packet).subspan(layers.l4), 0, 2, 2);
    set_content(packet, layers.l4 + wire::udp::size, op.content);
  }
  return packet;
}

/// `src` 0 is whom the packet was for; else some router.
Bytes error_about(ByteView base, const Op& op) {
  const Layers layers = layers_of(base);
  if (!layers.any()) return {base.begin(), base.end()};
  const wire::Address reporter =
      op.src == 0 ? destination_of(base, layers.family) : address(layers.family, op.src);
  const IcmpError error = icmp_error(layers.family, op.kind);
  const std::size_t limit = quoted_bytes(op.extra);
  UpperLayer upper{.protocol = layers.family == AddressFamily::ipv6 ? wire::ip_protocol::icmpv6
                                                                    : wire::ip_protocol::icmp,
                   .bytes = Bytes(wire::icmp::size)};
  upper.bytes[wire::icmp::type] = error.type;
  upper.bytes[wire::icmp::code] = error.code;
  wire::store_be32(&upper.bytes[wire::icmp::rest], error.rest);
  constexpr std::size_t most_quoted = 1200;
  append(upper.bytes,
         base.first(std::min({base.size(), limit == 0 ? most_quoted : limit, most_quoted})));
  return ip_packet(reporter, source_of(base, layers.family), upper);
}

// ---- who and where

/// The packet that an op refers to, and the port at which whoever has it is.
struct Subject {
  ByteView packet;
  model::PortId port = model::no_port;
  bool left = false;  // it is a frame that left the box
};

/// An event that let nothing out is passed over for what came before it.
Subject subject_of(const Op& op, std::span<const PastStep> past) {
  std::size_t index = op.subject % past.size();
  while (index > 0 && past[index].stimulus.empty() && past[index].frames.empty())
    --index;
  const PastStep& step = past[index];
  const std::size_t frame = op.frame % (step.frames.size() + 1);
  if (frame == 0) return {.packet = step.stimulus, .port = step.port};
  const netns::Frame& left = step.frames[frame - 1];
  return {.packet = left.bytes, .port = left.port, .left = true};
}

/// Where a packet with this source comes from: the port whose network it belongs to, else the
/// default route's, which is called wan in every topology.
model::PortId home_of(ByteView packet, const model::Topology& topology) {
  const Layers layers = layers_of(packet);
  const auto wan = topology.find_port("wan").value_or(0);
  if (!layers.any()) return wan;
  const wire::Address src = source_of(packet, layers.family);
  for (model::PortId port = 0; port < topology.ports.size(); ++port) {
    const auto& addresses = topology.ports[port].addresses;
    if (std::ranges::any_of(addresses, [&](const auto& prefix) { return prefix.contains(src); }))
      return port;
  }
  return wan;
}

/// 1 and so on are the ports in turn; what comes behind the last is the box itself.
model::PortId chosen_port(std::uint8_t where, const model::Topology& topology) {
  const std::size_t index = (where - 1u) % (topology.ports.size() + 1);
  return index == topology.ports.size() ? model::no_port : static_cast<model::PortId>(index);
}

Bytes base_of(const Op& op, const Subject& subject) {
  switch (op.source) {
    case Source::reply:
      return follow_up(subject.packet, op, true);
    case Source::next:
      return follow_up(subject.packet, op, false);
    case Source::error:
      return error_about(subject.packet, op);
    case Source::piece:
      return piece_of(subject.packet, op);
    default:
      return {subject.packet.begin(), subject.packet.end()};
  }
}

bool is_own(const model::Topology& topology, const wire::Address& address) {
  return std::ranges::any_of(topology.ports, [&](const model::Port& port) {
    return std::ranges::find(port.addresses, address, &wire::Prefix::address) !=
           port.addresses.end();
  });
}

/// What the box sends has a version that fits, a source of its own, and an id: where the kernel
/// chooses one anew no frame need show it.
void make_own(Bytes& bytes, const model::Topology& topology) {
  // Where there is no IPv6 the socket takes anything for IPv4.
  if (!bytes.empty() && bytes[0] >> 4 == 6 &&
      (bytes.size() < wire::ipv6::size || !topology.speaks_ipv6()))
    bytes[0] = static_cast<std::uint8_t>(0x40 | (bytes[0] & 0x0f));
  const Layers layers = layers_of(bytes);
  if (!layers.any()) return;
  const bool ipv4 = layers.family == wire::AddressFamily::ipv4;
  if (ipv4) bytes[0] = static_cast<std::uint8_t>(0x40 | (bytes[0] & 0x0f));
  if (ipv4 && wire::Ipv4View(bytes).id() == 0) wire::Ipv4Edit(bytes).set_id(1);
  if (is_own(topology, source_of(bytes, layers.family))) return;
  for (const model::Port& port : topology.ports) {
    for (const wire::Prefix& own : port.addresses) {
      if (own.address.family != layers.family) continue;
      set_source(bytes, own.address);
      return complete(bytes);
    }
  }
}

/// Whether the lengths and checksums of what this source gives are still to be written.
bool is_new(Source source) {
  return source == Source::fresh || source == Source::reply || source == Source::next ||
         source == Source::error;
}

}  // namespace

wire::Bytes fresh_packet(const Op& op, const model::Topology& topology) {
  const bool ipv6 = (op.protocol & ipv6_protocol_bit) != 0 && topology.speaks_ipv6();
  const AddressFamily family = ipv6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  return ip_packet(address(family, op.src), address(family, op.dst), upper_layer(op, family));
}

Forged forge(const Op& op, std::span<const PastStep> past, const model::Topology& topology) {
  if (op.source == Source::event) {
    const Subject about = past.empty() ? Subject{} : subject_of(op, past);
    return {.event = event_of(op, {.packet = about.packet, .left = about.left}, topology)};
  }
  const bool refers = op.source != Source::fresh && op.source != Source::literal && !past.empty();
  const Source source = refers || op.source == Source::literal ? op.source : Source::fresh;
  Forged forged;
  Subject subject;
  if (refers) {
    subject = subject_of(op, past);
    forged.bytes = base_of(op, subject);
  } else {
    forged.bytes = source == Source::literal ? op.literal : fresh_packet(op, topology);
  }
  apply_patches(forged.bytes, op.patches, is_new(source));
  if (op.where != 0) {
    forged.port = chosen_port(op.where, topology);
  } else if (subject.left || source == Source::again || source == Source::next ||
             source == Source::piece) {
    forged.port = subject.port == model::no_port && subject.left ? home_of(forged.bytes, topology)
                                                                 : subject.port;
  } else {
    forged.port = home_of(forged.bytes, topology);
  }
  if (forged.port == model::no_port) make_own(forged.bytes, topology);
  return forged;
}

}  // namespace natstep::fuzz
