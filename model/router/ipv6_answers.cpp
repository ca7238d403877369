// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/ipv6_answers.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/fragments/reassembly_ipv6.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/ipv6_path.h"
#include "model/router/ipv6_route.h"
#include "model/router/tcp_reset.h"
#include "model/wire/icmpv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>

namespace natstep::model {
namespace {

using namespace ipv6_address;
namespace protocol = wire::ip_protocol;
namespace icmpv6 = wire::icmpv6;

constexpr std::uint8_t ecn_bits = 0x03;
constexpr std::uint8_t hop_limit_of_neighbours = 255;

/// A packet of the box's own, without its L4 bytes.
struct OwnHeader {
  wire::Address src;
  wire::Address dst;
  std::uint8_t protocol = 0;
  std::uint8_t traffic_class = 0;
  std::optional<PortId> through{};
  enum class Sum : std::uint8_t { computed, left_to_device } sum = Sum::computed;  // of TCP
};

/// rt6_need_strict: an answer to a link-local address stays on the link that it came from.
std::optional<PortId> only_link_to(const wire::Address& destination, const Packet& cause) {
  return is_link_local(destination) ? std::optional(cause.in) : std::nullopt;
}

/// Sends header and `l4` on the way that the routing table gives; nowhere when it gives none.
/// `cause` lends its entry to an error.
void send_own(Step& step, const OwnHeader& own, wire::ByteView l4, const Packet* cause) {
  const RouteDecision route = route_output_ipv6(step, own.dst, own.through);
  if (route.kind != RouteKind::forward && route.kind != RouteKind::local) return;
  const Step::OwnPacket sent(step);
  if (sent.is_one_of_too_many()) return;
  Packet packet;
  packet.number = step.next_packet_number();
  packet.from_box = true;
  packet.out = route.out;
  packet.bytes = wire::build(wire::Ipv6Header{.src = own.src,
                                              .dst = own.dst,
                                              .protocol = own.protocol,
                                              .traffic_class = own.traffic_class,
                                              .next_header = {},
                                              .payload_length = {},
                                              .extensions = {}},
                             l4);
  if (own.sum == OwnHeader::Sum::left_to_device) leave_checksum_to_device(packet);
  if (cause != nullptr) inherit_entry(step, packet, *cause);
  send_from_box(step, packet);
  dispose(step, packet);
}

/// is_ineligible: RFC 4443 section 2.4 (e.1).
bool is_about_an_error(const Packet& cause) {
  const auto where = locate_l4(cause.bytes);
  if (!where || where->protocol != protocol::icmpv6) return false;
  const wire::ByteView message = l4_of(cause.bytes, *where);
  return message.empty() || icmpv6::is_error(message.front());
}

/// RFC 4443 section 2.4 (e.3): two errors are sent about multicast all the same.
bool may_be_about_multicast(const IcmpError& error) {
  return error.type == icmpv6::packet_too_big ||
         (error.type == icmpv6::parameter_problem && error.code == unknown_option);
}

bool may_complain(Step& step, const Packet& cause, const IcmpError& error) {
  const wire::Address source = source_of(cause.bytes);
  if (is_multicast(destination_of(cause.bytes)) && !may_be_about_multicast(error)) return false;
  const bool nobody =
      is_unspecified(source) || is_multicast(source) || step.state().fib6.is_anycast(source);
  if (nobody && step.holds(Clause::no_icmpv6_error_to_nobody)) return false;
  return !is_about_an_error(cause) || !step.holds(Clause::no_icmpv6_error_about_an_error);
}

/// Where the packet was sent to, if that is here; else the address of the port that it came in on
/// which suits its sender best.
std::optional<wire::Address> source_of_error(Step& step, const Packet& cause) {
  const wire::Address destination = destination_of(cause.bytes);
  const Fib6& fib = step.state().fib6;
  if (fib.is_own(destination) || fib.is_anycast(destination)) return destination;
  if (!step.holds(Clause::icmpv6_error_comes_from_the_side_of_the_sender)) {
    return select_source_ipv6(step, destination, no_port);
  }
  return select_source_ipv6(step, source_of(cause.bytes), cause.in);
}

/// RFC 4443 section 2.4 (c): as much as fits into the smallest MTU.
wire::ByteView quote_of(Step& step, const Packet& cause) {
  constexpr std::size_t room = wire::ipv6::min_mtu - wire::ipv6::size - icmpv6::size;
  const std::size_t limit =
      step.holds(Clause::icmpv6_error_quotes_up_to_1280_bytes) ? room : wire::ipv6::size + 8;
  return wire::ByteView(cause.bytes).first(std::min(limit, cause.bytes.size()));
}

void reply_to_echo(Step& step, const Packet& packet, const wire::Icmpv6View& request) {
  if (!step.holds(Clause::box_answers_icmpv6_echo)) return;
  const wire::Ipv6View header(packet.bytes);
  const bool unicast = step.state().fib6.is_own(header.dst_address());
  OwnHeader own{.src = header.dst_address(),
                .dst = header.src_address(),
                .protocol = protocol::icmpv6,
                .traffic_class = header.traffic_class(),
                .through = only_link_to(header.src_address(), packet)};
  // Nobody answers from a group, or from an address that several have.
  if (!unicast) {
    own.through = packet.in;
    own.src = select_source_ipv6(step, own.dst, packet.in).value_or(own.src);
  }
  const wire::Bytes message = wire::build(wire::Icmpv6Header{.type = icmpv6::echo_reply,
                                                             .code = request.code(),
                                                             .rest = request.rest(),
                                                             .checksum = {}},
                                          own.src, own.dst, request.payload());
  send_own(step, own, message, nullptr);
}

/// icmpv6_notify: who sent the quoted packet hears of it. Without sockets nobody of TCP and UDP
/// does, but ICMPv6 itself remembers the MTU of the path.
bool is_remembered(wire::ByteView quoted) {
  constexpr std::size_t least_quoted = 8;
  const auto where = locate_l4(quoted, wire::AddressFamily::ipv6);
  if (!where || quoted.size() < where->offset + least_quoted) return false;
  return where->protocol != protocol::udp && where->protocol != protocol::tcp;
}

/// What a neighbour says may be answered or remembered.
void note_neighbour_discovery(Step& step, const Packet& packet, const wire::Icmpv6View& icmp) {
  const std::uint8_t type = icmp.type();
  const bool believed = wire::Ipv6View(packet.bytes).hop_limit() == hop_limit_of_neighbours;
  if (believed && type >= icmpv6::router_solicitation && type <= icmpv6::redirect) {
    step.unspecified(Missing::neighbour_discovery);
  }
  if (type == icmpv6::packet_too_big && is_remembered(icmp.payload())) {
    step.unspecified(Missing::remembered_path_mtu);
  }
}

void deliver_icmpv6(Step& step, const Packet& packet, wire::ByteView message) {
  const auto icmp = wire::Icmpv6View::parse(message);
  if (!icmp) return;
  const std::uint32_t seed = pseudo_header_of(packet.bytes, protocol::icmpv6, message.size());
  if (!icmp->checksum_valid(seed) && step.holds(Clause::delivered_bad_checksum_is_silent)) return;
  note_neighbour_discovery(step, packet, *icmp);
  if (icmp->type() == icmpv6::echo_request) reply_to_echo(step, packet, *icmp);
}

/// udp6_csum_init: the IPv6 header, which no checksum makes up for, is part of the sum that
/// conntrack has left. What is short is summed up again.
bool is_lost_by_a_rewrite(Step& step, const Packet& packet, std::size_t length) {
  constexpr std::size_t summed_again = 76;  // CHECKSUM_BREAK
  if (!packet.checksum_verified || packet.checksum_partial || length <= summed_again) return false;
  return wire::ones_sum(packet.bytes) != packet.verified_sum &&
         step.holds(Clause::ipv6_rewrite_loses_long_datagrams);
}

/// RFC 8200 section 8.1: a datagram without checksum is not delivered.
void deliver_udp(Step& step, Packet& packet, std::size_t offset) {
  const wire::ByteView l4 = wire::ByteView(packet.bytes).subspan(offset);
  if (l4.size() < wire::udp::size) return;
  const wire::UdpView udp(l4);
  const std::size_t length = udp.length() == 0 ? l4.size() : udp.length();
  if (length > l4.size() || length < wire::udp::size) return;
  if (is_multicast(destination_of(packet.bytes))) return;
  if (udp.checksum() == 0 && step.holds(Clause::delivered_udp_needs_a_checksum_over_ipv6)) return;
  const std::uint32_t seed = pseudo_header_of(packet.bytes, protocol::udp, length);
  if (udp.checksum() != 0 && !packet.checksum_partial &&
      !wire::checksum_valid(l4.first(length), seed) &&
      step.holds(Clause::delivered_bad_checksum_is_silent)) {
    return;
  }
  if (is_lost_by_a_rewrite(step, packet, length)) return;
  packet.bytes.resize(offset + length);
  if (!step.holds(Clause::closed_udp_port_is_unreachable_over_ipv6)) return;
  icmpv6_send(step, packet, {.type = icmpv6::unreachable, .code = icmpv6::port_unreachable});
}

void deliver_tcp(Step& step, const Packet& packet, wire::ByteView l4) {
  const auto tcp = wire::TcpView::parse(l4);
  if (!tcp || !tcp->header_fits()) return;
  const wire::Ipv6View header(packet.bytes);
  const std::uint32_t seed = pseudo_header_of(packet.bytes, protocol::tcp, l4.size());
  if (!packet.checksum_partial && !tcp->checksum_valid(seed) &&
      step.holds(Clause::delivered_bad_checksum_is_silent)) {
    return;
  }
  if (tcp->has(wire::tcp::rst) && step.holds(Clause::no_reset_for_a_reset)) return;
  if (!step.state().fib6.is_own(header.dst_address())) return;
  if (!step.holds(Clause::closed_tcp_port_resets_over_ipv6)) return;
  if (!reset_may_answer(step, *tcp, wire::AddressFamily::ipv6)) return;
  const bool left = step.holds(Clause::ipv6_reset_is_summed_when_it_leaves);
  const wire::Address sender = header.src_address();
  if (is_multicast(sender)) return step.unspecified(Missing::sent_to_a_multicast_group);
  send_own(step,
           {.src = header.dst_address(),
            .dst = sender,
            .protocol = protocol::tcp,
            .traffic_class = static_cast<std::uint8_t>(header.traffic_class() & ~ecn_bits),
            .through = only_link_to(sender, packet),
            .sum = left ? OwnHeader::Sum::left_to_device : OwnHeader::Sum::computed},
           wire::build(reset_for(*tcp), header.dst_address(), sender, {}), nullptr);
}

/// Over an options or routing header.
void skip_header(const Packet& packet, Delivery& at) {
  at.skip((packet.bytes[at.offset + 1] + std::size_t{1}) * 8);
}

/// ipv6_rthdr_rcv: a routing header that has nothing left to say is passed over.
bool pass_routing_header(Step& step, const Packet& packet, Delivery& at) {
  constexpr std::uint8_t segment_routing = 4, rpl = 3, mobile = 2;
  if (packet.bytes.size() < at.offset + 8) return false;
  const std::uint8_t type = packet.bytes[at.offset + wire::ipv6::routing::type];
  const std::uint8_t left = packet.bytes[at.offset + wire::ipv6::routing::segments_left];
  const std::size_t size = (packet.bytes[at.offset + 1] + std::size_t{1}) * 8;
  if (packet.bytes.size() < at.offset + size) return false;
  if (type == segment_routing || type == rpl || type == mobile) {
    step.unspecified(Missing::routing_header_of_the_box);
    return false;
  }
  if (left != 0 && step.holds(Clause::routing_header_that_leads_on_is_refused)) {
    icmpv6_send(step, packet,
                {.type = icmpv6::parameter_problem,
                 .code = erroneous_field,
                 .rest = static_cast<std::uint32_t>(at.offset + wire::ipv6::routing::type)});
    return false;
  }
  skip_header(packet, at);
  return true;
}

bool pass_destination_options(Step& step, Packet& packet, Delivery& at) {
  const OptionsResult result =
      parse_ipv6_options(step, packet, at.offset, protocol::destination_options);
  if (result == OptionsResult::fine) skip_header(packet, at);
  return result == OptionsResult::fine;
}

void refuse_next_header(Step& step, const Packet& packet, std::uint8_t number, const Delivery& at) {
  if (handler_depends_on_the_kernel(number) || number == 135) {
    step.unspecified(Missing::next_header_handler, std::to_string(number));
    return;
  }
  if (!step.holds(Clause::unknown_next_header_is_reported)) return;
  icmpv6_send(step, packet,
              {.type = icmpv6::parameter_problem,
               .code = unknown_next_header,
               .rest = static_cast<std::uint32_t>(at.next_header_at)});
}

void deliver_upper_layer(Step& step, Packet& packet, std::uint8_t number, const Delivery& at) {
  if (number != protocol::icmpv6 && number != protocol::udp && number != protocol::tcp) {
    return refuse_next_header(step, packet, number, at);
  }
  const wire::ByteView l4 =
      wire::ByteView(packet.bytes).subspan(std::min(at.offset, packet.bytes.size()));
  if (number == protocol::icmpv6) return deliver_icmpv6(step, packet, l4);
  forget_entry(step, packet);
  if (number == protocol::tcp) return deliver_tcp(step, packet, l4);
  deliver_udp(step, packet, std::min(at.offset, packet.bytes.size()));
}

}  // namespace

void icmpv6_send(Step& step, const Packet& cause, const IcmpError& error) {
  if (!may_complain(step, cause, error)) return;
  const wire::Address sender = source_of(cause.bytes);
  const auto source = source_of_error(step, cause);
  if (!source) return;
  const wire::Bytes message = wire::build(
      wire::Icmpv6Header{
          .type = error.type, .code = error.code, .rest = error.rest, .checksum = {}},
      *source, sender, quote_of(step, cause));
  send_own(step,
           {.src = *source,
            .dst = sender,
            .protocol = protocol::icmpv6,
            .through = only_link_to(sender, cause)},
           message, &cause);
}

void send_reject_reset_ipv6(Step& step, const Packet& cause) {
  const auto where = locate_l4(cause.bytes);
  if (!where) return;
  const wire::TcpHeader reset = reset_for(wire::TcpView(l4_of(cause.bytes, *where)));
  const wire::Address src = destination_of(cause.bytes), dst = source_of(cause.bytes);
  send_own(step, {.src = src, .dst = dst, .protocol = protocol::tcp},
           wire::build(reset, src, dst, {}), &cause);
}

void deliver_ipv6(Step& step, Packet& packet) {
  Delivery at{
      .next_header_at = wire::ipv6::next_header, .offset = wire::ipv6::size, .was_fragment = false};
  // ip6_rcv_core has read the hop-by-hop header, which only counts where it comes first.
  if (packet.bytes[wire::ipv6::next_header] == protocol::hop_by_hop) skip_header(packet, at);
  for (;;) {
    const std::uint8_t number = packet.bytes[at.next_header_at];
    if (number == protocol::no_next_header) return;
    if (number == protocol::destination_options) {
      if (!pass_destination_options(step, packet, at)) return;
    } else if (number == protocol::routing) {
      if (!pass_routing_header(step, packet, at)) return;
    } else if (number == protocol::fragment) {
      if (!deliver_fragment_ipv6(step, packet, at)) return;
    } else {
      return deliver_upper_layer(step, packet, number, at);
    }
  }
}

}  // namespace natstep::model
