// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/answers.h"

#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/ip_options.h"
#include "model/router/tcp_reset.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <string>

namespace natstep::model {
namespace {

namespace protocol = wire::ip_protocol;

constexpr std::size_t largest_error = 576;           // RFC 1812 section 4.3.2.3
constexpr std::uint8_t tos_field = 0x1e;             // RT_TOS
constexpr std::uint8_t internetwork_control = 0xc0;  // IPTOS_PREC_INTERNETCONTROL
constexpr std::uint8_t ecn_bits = 0x03;

/// How the kernel fills the identification of a packet that it makes.
enum class IpId : std::uint8_t { chosen, zero };

/// A packet of the box's own, without its L4 bytes.
struct OwnHeader {
  wire::Address src;
  wire::Address dst;
  std::uint8_t protocol = 0;
  std::uint8_t tos = 0;
  IpId id = IpId::chosen;
  enum class Sum : std::uint8_t { computed, left_to_device } sum = Sum::computed;  // of TCP
  std::uint16_t fragment_word = 0;
  ReplyOptions options{};
};

/// The source route of an answer leads to its first place, else the destination is the way.
wire::Address first_hop_of(const OwnHeader& own) {
  return own.options.first_hop ? wire::Address::ipv4(*own.options.first_hop) : own.dst;
}

/// __mkroute_output: nobody outside is told of 127.0.0.0/8.
bool is_kept_inside(Step& step, const wire::Address& source, const RouteDecision& route) {
  constexpr std::uint32_t loopback_net = 127;
  const bool loopback = source.ipv4_value() >> 24 == loopback_net;
  return loopback && route.kind == RouteKind::forward && !step.settings().route_localnet &&
         step.holds(Clause::loopback_source_goes_nowhere);
}

/// Sends header and `l4` on the way that the routing table gives; nowhere when it gives none.
/// `cause` lends its entry to an error.
void send_own(Step& step, const OwnHeader& own, wire::ByteView l4, const Packet* cause) {
  const RouteDecision route = route_output(step, first_hop_of(own));
  if (route.kind == RouteKind::broadcast) {
    step.unspecified(Missing::answer_to_a_broadcast_address);
    return;
  }
  if (route.kind != RouteKind::forward && route.kind != RouteKind::local) return;
  if (is_kept_inside(step, own.src, route)) return;
  const Step::OwnPacket sent(step);
  if (sent.is_one_of_too_many()) return;
  Packet packet;
  packet.number = step.next_packet_number();
  packet.from_box = true;
  packet.out = route.out;
  packet.bytes = wire::build(wire::Ipv4Header{.src = own.src.ipv4_value(),
                                              .dst = first_hop_of(own).ipv4_value(),
                                              .protocol = own.protocol,
                                              .ttl = step.settings().default_ttl,
                                              .tos = own.tos,
                                              .fragment_word = own.fragment_word,
                                              .ihl = {},
                                              .total_length = {},
                                              .checksum = {},
                                              .options = own.options.bytes},
                             l4);
  if (own.id == IpId::chosen) choose_ip_id(step, wire::Ipv4Edit(packet.bytes));
  if (own.sum == OwnHeader::Sum::left_to_device) leave_checksum_to_device(packet);
  if (cause != nullptr) inherit_entry(step, packet, *cause);
  send_from_box(step, packet);
  dispose(step, packet);
}

/// RFC 1122 section 3.2.2: no error about an ICMP error, nor about a type that nobody knows.
bool is_about_an_error(const wire::Ipv4View& header) {
  if (header.protocol() != protocol::icmp) return false;
  const wire::ByteView l4 = header.rest();
  if (l4.empty()) return true;
  return !wire::icmpv4::is_query(l4[wire::icmpv4::type]);
}

bool may_complain(Step& step, const wire::Ipv4View& header, RouteKind route) {
  if (route == RouteKind::broadcast && step.holds(Clause::no_error_about_broadcast)) return false;
  if (header.fragment_offset() != 0 && step.holds(Clause::no_error_about_later_fragment)) {
    return false;
  }
  return !is_about_an_error(header) || !step.holds(Clause::no_error_about_an_error);
}

std::uint8_t tos_of_error(Step& step, std::uint8_t tos) {
  if (!step.holds(Clause::own_error_has_control_precedence)) return tos;
  return static_cast<std::uint8_t>((tos & tos_field) | internetwork_control);
}

/// The source of an error: where the packet was sent to, if that is here, else the address that
/// faces its sender.
std::optional<wire::Address> source_of_error(Step& step, const wire::Ipv4View& header,
                                             RouteKind route, const wire::Address& towards) {
  if (route == RouteKind::local || route == RouteKind::broadcast) return header.dst_address();
  if (!step.holds(Clause::own_error_comes_from_the_side_of_the_sender)) {
    return first_address_of_box(step.topology());
  }
  return preferred_source(step, towards);
}

/// How much of the packet is quoted: as much as fits.
wire::ByteView quote_of(Step& step, const Packet& cause, std::uint32_t mtu, std::size_t options) {
  const std::size_t limit = step.holds(Clause::own_error_quotes_up_to_576_bytes)
                                ? std::min<std::size_t>(mtu, largest_error)
                                : wire::ipv4::min_size + wire::icmpv4::size + 28;
  const std::size_t overhead = wire::ipv4::min_size + options + wire::icmpv4::size;
  const std::size_t room = limit > overhead ? limit - overhead : 0;
  return wire::ByteView(cause.bytes).first(std::min(room, cause.bytes.size()));
}

/// The options of an answer to `cause` that leaves from the box's address `own`.
std::optional<ReplyOptions> options_of_answer(Step& step, const Packet& cause, std::uint32_t own) {
  auto options = echo_options(step, cause);
  if (options) record_own_address(options->bytes, cause, own);
  return options;
}

void reply_to_echo(Step& step, const Packet& request, wire::ByteView message) {
  const wire::Ipv4View header(request.bytes);
  auto options = options_of_answer(step, request, header.dst());
  if (!options) return;
  wire::Bytes reply(message.begin(), message.end());
  wire::Icmpv4Edit icmp{wire::MutableByteView(reply)};
  icmp.set_type(wire::icmpv4::echo_reply);
  icmp.fill_checksum();
  const std::uint8_t tos =
      step.holds(Clause::echo_reply_keeps_tos) ? header.tos() : std::uint8_t{0};
  send_own(step,
           {.src = header.dst_address(),
            .dst = header.src_address(),
            .protocol = protocol::icmp,
            .tos = tos,
            .options = std::move(*options)},
           reply, nullptr);
}

/// udp_err since it looks for a socket last: the MTU of the path is remembered whoever sent.
bool sets_the_path_mtu(const wire::Icmpv4View& icmp) {
  constexpr std::size_t least_quoted = 8;  // of the transport header, icmp_socket_deliver
  if (icmp.type() != wire::icmpv4::unreachable ||
      icmp.code() != wire::icmpv4::fragmentation_needed) {
    return false;
  }
  const auto quoted = wire::Ipv4View::parse(icmp.payload());
  return quoted && quoted->protocol() == protocol::udp &&
         icmp.payload().size() >= quoted->header_length() + least_quoted;
}

void deliver_icmp(Step& step, const Packet& packet, RouteKind route) {
  const wire::Ipv4View header(packet.bytes);
  const wire::ByteView message = header.rest();
  const auto icmp = wire::Icmpv4View::parse(message);
  if (!icmp) return;
  if (!icmp->checksum_valid() && step.holds(Clause::delivered_bad_checksum_is_silent)) return;
  if (step.profile().udp_error_sets_the_path_mtu && sets_the_path_mtu(*icmp)) {
    step.unspecified(Missing::remembered_path_mtu);
  }
  if (icmp->type() == wire::icmpv4::timestamp_request && route == RouteKind::local) {
    step.unspecified(Missing::time_of_day);
    return;
  }
  if (icmp->type() != wire::icmpv4::echo_request) return;
  if (route == RouteKind::broadcast && step.holds(Clause::echo_to_broadcast_is_ignored)) return;
  if (!step.holds(Clause::box_answers_echo)) return;
  reply_to_echo(step, packet, message);
}

std::uint32_t pseudo_header(const wire::Ipv4View& header, std::size_t length) {
  return wire::pseudo_header_sum(header.src(), header.dst(), header.protocol(), length);
}

/// The datagram ends where the UDP length says, and so does what an error quotes of it.
void deliver_udp(Step& step, Packet& packet, RouteKind route) {
  const wire::Ipv4View header(packet.bytes);
  const wire::ByteView l4 = header.rest();
  if (l4.size() < wire::udp::size) return;
  const std::size_t length = wire::load_be16(&l4[wire::udp::length]);
  if (length > l4.size() || length < wire::udp::size) return;
  const wire::ByteView datagram = l4.first(length);
  const bool checked = wire::load_be16(&l4[wire::udp::checksum]) != 0;
  if (route == RouteKind::broadcast) return;
  if (checked && !packet.checksum_partial &&
      !wire::checksum_valid(datagram, pseudo_header(header, length)) &&
      step.holds(Clause::delivered_bad_checksum_is_silent)) {
    return;
  }
  packet.bytes.resize(header.header_length() + length);
  forget_entry(step, packet);
  if (!step.holds(Clause::closed_udp_port_is_unreachable)) return;
  icmp_send(step, packet, route,
            {.type = wire::icmpv4::unreachable, .code = wire::icmpv4::port_unreachable});
}

void deliver_tcp(Step& step, const Packet& packet, RouteKind route) {
  const wire::Ipv4View header(packet.bytes);
  const auto tcp = wire::TcpView::parse(header.rest());
  if (!tcp || !tcp->header_fits()) return;
  if (!packet.checksum_partial &&
      !tcp->checksum_valid(pseudo_header(header, tcp->bytes().size())) &&
      step.holds(Clause::delivered_bad_checksum_is_silent)) {
    return;
  }
  if (tcp->has(wire::tcp::rst) && step.holds(Clause::no_reset_for_a_reset)) return;
  if (route != RouteKind::local || !step.holds(Clause::closed_tcp_port_resets)) return;
  if (!reset_may_answer(step, *tcp, wire::AddressFamily::ipv4)) return;
  auto options = options_of_answer(step, packet, header.dst());
  if (!options) return;
  const wire::Bytes segment = wire::build(reset_for(*tcp), header.dst(), header.src(), {});
  send_own(step,
           {.src = header.dst_address(),
            .dst = header.src_address(),
            .protocol = protocol::tcp,
            .tos = static_cast<std::uint8_t>(header.tos() & ~ecn_bits),
            .id = IpId::zero,
            .fragment_word = wire::ipv4::df,
            .options = std::move(*options)},
           segment, nullptr);
}

void deliver_other(Step& step, const Packet& packet, RouteKind route) {
  const std::uint8_t number = wire::Ipv4View(packet.bytes).protocol();
  if (handler_depends_on_the_kernel(number)) {
    step.unspecified(Missing::protocol_handler, std::to_string(number));
    return;
  }
  if (!step.holds(Clause::unknown_protocol_is_unreachable)) return;
  icmp_send(step, packet, route,
            {.type = wire::icmpv4::unreachable, .code = wire::icmpv4::protocol_unreachable});
}

/// ip_route_output_key_hash: an answer comes from an address of the box. User space may have
/// changed the one that the packet was delivered to.
bool can_be_answered(Step& step, std::uint32_t destination, RouteKind route) {
  constexpr std::uint32_t loopback_net = 127;
  if (route != RouteKind::local || destination >> 24 == loopback_net) return true;
  return step.state().fib.is_own(destination) ||
         !step.holds(Clause::answer_needs_a_source_of_the_box);
}

}  // namespace

bool handler_depends_on_the_kernel(std::uint8_t number) {
  constexpr std::array<std::uint8_t, 13> numbers{2,   4,   33,  41,  47,  50, 51,
                                                 103, 108, 115, 132, 136, 255};
  return std::ranges::find(numbers, number) != numbers.end();
}

void forget_entry(Step& step, Packet& packet) {
  if (packet.conn == nullptr) return;
  step.conntrack().release(*packet.conn);
  packet.conn = nullptr;
  packet.entry_given_back = true;
}

void inherit_entry(Step& step, Packet& packet, const Packet& cause) {
  packet.about_no_flow = !cause.tracked() && !cause.entry_given_back;
  if (!cause.tracked() || !step.holds(Clause::own_error_inherits_the_entry)) return;
  packet.conn = cause.conn;
  ConntrackTable::acquire(*packet.conn);
  packet.ctinfo =
      direction_of(cause.ctinfo) == Direction::original ? CtInfo::related_reply : CtInfo::related;
}

void choose_ip_id(Step& step, wire::Ipv4Edit header) {
  if (!step.holds(Clause::ip_id_of_own_packet)) return;
  header.set_id(static_cast<std::uint16_t>(step.choose({
      .kind = ChoiceKind::ip_id,
      .clause = Clause::ip_id_of_own_packet,
      .original = {},
      .wanted = {},
      .instead_of = 0,
      .packet = wire::Bytes(header.bytes().begin(), header.bytes().end()),
      .lowest = 0,
      .highest = 0xffff,
      .allowed = {},
  })));
  header.fill_checksum();
}

void icmp_send(Step& step, const Packet& cause, RouteKind route, const IcmpError& error) {
  const wire::Ipv4View header(cause.bytes);
  if (!may_complain(step, header, route)) return;
  auto options = echo_options(step, cause);
  if (!options) return;
  const wire::Address towards =
      options->first_hop ? wire::Address::ipv4(*options->first_hop) : header.src_address();
  const wire::Address source =
      source_of_error(step, header, route, towards).value_or(wire::Address::ipv4(0));
  record_own_address(options->bytes, cause, source.ipv4_value());
  const RouteDecision back = route_output(step, towards);
  const wire::ByteView quote =
      quote_of(step, cause, mtu_of(step.topology(), back.out), options->bytes.size());
  if (quote.size() < wire::ipv4::min_size) return;
  const wire::Bytes message = wire::build(
      wire::Icmpv4Header{
          .type = error.type, .code = error.code, .rest = error.rest, .checksum = {}},
      quote);
  send_own(step,
           {.src = source,
            .dst = header.src_address(),
            .protocol = protocol::icmp,
            .tos = tos_of_error(step, header.tos()),
            .options = std::move(*options)},
           message, &cause);
}

void send_reject_reset(Step& step, const Packet& cause) {
  const wire::Ipv4View header(cause.bytes);
  const wire::TcpHeader reset = reset_for(wire::TcpView(header.rest()));
  const wire::Bytes segment = wire::build(reset, header.dst(), header.src(), {});
  const bool left = step.holds(Clause::reject_reset_is_summed_when_it_leaves);
  send_own(step,
           {.src = header.dst_address(),
            .dst = header.src_address(),
            .protocol = protocol::tcp,
            .id = IpId::zero,
            .sum = left ? OwnHeader::Sum::left_to_device : OwnHeader::Sum::computed,
            .fragment_word = wire::ipv4::df},
           segment, &cause);
}

void deliver(Step& step, Packet& packet, RouteKind route) {
  const wire::Ipv4View header(packet.bytes);
  if (!can_be_answered(step, header.dst(), route)) return;
  switch (header.protocol()) {
    case protocol::icmp:
      return deliver_icmp(step, packet, route);
    case protocol::udp:
      return deliver_udp(step, packet, route);
    case protocol::tcp:
      return deliver_tcp(step, packet, route);
    default:
      return deliver_other(step, packet, route);
  }
}

}  // namespace natstep::model
