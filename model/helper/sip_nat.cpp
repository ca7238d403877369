// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_nat_sip.c.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/helper/mangle.h"
#include "model/helper/sip.h"
#include "model/missing.h"
#include "model/nat/nat.h"
#include "model/wire/bytes.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <string>

namespace natstep::model::sip {
namespace {

/// The port of the client's Via takes the place of the receiver's, whoever the receiver is.
std::uint16_t forced_port_for(const Message& message) {
  const bool to_server = message.packet().direction() == Direction::original;
  const bool counts =
      !to_server || message.step().holds(Clause::sip_port_of_the_via_gets_into_the_servers_address);
  return counts ? message.track().forced_port : std::uint16_t{0};
}

/// Where an endpoint of the message is to be found on the other side.
std::optional<Endpoint> mapped(const Message& message, const Endpoint& said) {
  const Tuple& here = message.here();
  const Tuple& there = message.there();
  const bool any_port = !message.step().holds(Clause::sip_address_counts_with_its_port);
  Endpoint to = said;
  if (said.address == here.src && (any_port || said.port == here.src_id)) {
    to.address = there.dst;
    to.port = there.dst_id;
  } else if (said.address == here.dst && (any_port || said.port == here.dst_id)) {
    const std::uint16_t forced = forced_port_for(message);
    to.address = there.src;
    to.port = forced != 0 ? forced : there.src_id;
  }
  const bool moves = to.address != said.address || to.port != said.port;
  return moves ? std::optional(to) : std::nullopt;
}

/// map_addr.
bool map(const Message& message, const Endpoint& said) {
  const auto to = mapped(message, said);
  return !to || message.write(said.part, to_string(to->address, to->port));
}

/// map_sip_addr: the first such header.
bool map_first(const Message& message, Header header) {
  Endpoint endpoint;
  if (find_endpoint(message.text(), header, endpoint) != Found::yes) return true;
  return !message.step().holds(Clause::sip_from_and_to_are_translated) || map(message, endpoint);
}

bool map_request_uri(const Message& message) {
  Endpoint uri;
  if (find_request_uri(message.text(), uri) != Found::yes) return true;
  return !message.step().holds(Clause::sip_request_uri_is_translated) || map(message, uri);
}

/// A parameter of the Via that is an address.
struct AddressParameter {
  std::string_view name;
  Brackets brackets{};
};
constexpr AddressParameter maddr_parameter{"maddr=", Brackets::must};
constexpr AddressParameter received_parameter{"received=", Brackets::may};

/// It is rewritten when it is `said` here and `told` on the other side.
bool map_parameter(const Message& message, std::size_t from, const AddressParameter& parameter,
                   const wire::Address& said, const wire::Address& told) {
  const auto found =
      find_address_parameter(message.text(), from, parameter.name, parameter.brackets);
  if (!found || found->address != said || said == told) return true;
  const bool bracketed = parameter.brackets == Brackets::must && message.packet().packet.is_ipv6();
  const std::string text = to_string(told);
  return message.write(found->part, bracketed ? '[' + text + ']' : text);
}

bool map_rport(const Message& message, std::size_t from) {
  Number number;
  const Found found = find_number_parameter(message.text(), from, "rport=", number);
  const std::uint16_t port = message.there().src_id;
  if (found != Found::yes || number.value < 1024 || number.value != message.here().dst_id ||
      number.value == port) {
    return true;
  }
  if (!message.step().holds(Clause::sip_rport_is_translated)) return true;
  return message.write(number.part, std::to_string(port));
}

bool map_parameters(const Message& message, std::size_t from) {
  const Tuple& here = message.here();
  const Tuple& there = message.there();
  const bool maddr = message.step().holds(Clause::sip_maddr_is_translated);
  if (maddr && !map_parameter(message, from, maddr_parameter, here.src, there.dst)) return false;
  const bool received = message.step().holds(Clause::sip_received_is_translated);
  if (received && !map_parameter(message, from, received_parameter, here.dst, there.src))
    return false;
  return map_rport(message, from);
}

/// A request names its sender in the topmost Via, a response the one that it goes to.
bool map_via(const Message& message, bool request) {
  const Header header = message.over_tcp() ? Header::via_tcp : Header::via_udp;
  Endpoint via;
  if (find_endpoint(message.text(), header, via) != Found::yes) return true;
  const Tuple& here = message.here();
  const bool own = request ? via.address == here.src && via.port == here.src_id
                           : via.address == here.dst && via.port == here.dst_id;
  if (!own || !message.step().holds(Clause::sip_via_is_translated)) return true;
  const std::size_t before = message.text().size();
  if (!map(message, via)) return false;
  return map_parameters(message, via.part.end() + message.text().size() - before);
}

bool map_contacts(const Message& message) {
  Walk walk;
  Endpoint contact;
  while (find_endpoint(message.text(), Header::contact, contact, &walk) == Found::yes) {
    const std::size_t before = message.text().size();
    if (!message.step().holds(Clause::sip_contact_is_translated)) continue;
    if (!map(message, contact)) return false;
    walk.at += message.text().size() - before;
  }
  return true;
}

/// A client may listen on another port than the one that it sends from, and says so in its Via.
bool map_forced_port(const Message& message) {
  const std::uint16_t forced = message.track().forced_port;
  if (message.packet().direction() != Direction::reply || forced == 0) return true;
  if (message.over_tcp()) {
    if (!message.step().profile().sip_port_of_the_via_is_for_udp) {
      message.step().unspecified(Missing::sip_stream_as_datagram);
    }
    return !message.step().holds(Clause::sip_port_of_the_via_is_for_udp);
  }
  if (!message.step().holds(Clause::sip_answer_goes_to_the_port_of_the_via)) return true;
  const std::size_t at = message.packet().l4 + wire::udp::dst_port;
  wire::store_be16(&message.packet().packet.bytes[at], forced);
  return message.write({}, {});
}

/// nf_nat_sip_expect: under which port a registration is expected.
std::uint16_t wanted_port(const Message& message, const Expectation& expectation) {
  const std::uint16_t forced = message.track().forced_port;
  const std::uint16_t own = forced != 0 ? forced : message.here().src_id;
  return expectation.tuple.dst_id == own ? message.there().dst_id : expectation.tuple.dst_id;
}

/// The paired expectation: what the source of this stream is known as outside.
const Expectation* other_end(const ExpectationTable& table, const Conn& conn, const Conn& master) {
  const Tuple& tuple = conn.of(Direction::original);
  const auto& all = table.all();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Expectation& e) {
    return e.master == &master && e.tuple.protocol == tuple.protocol &&
           e.saved_address == tuple.src && e.saved_id == tuple.src_id;
  });
  return found == all.rend() ? nullptr : &*found;
}

/// The source of an expected connection, when anything says what it should be.
std::optional<NatRange> source_of_expected(Step& step, const Conn& conn,
                                           const Expectation& expectation) {
  const Conn& master = *expectation.master;
  NatRange range;
  const bool media = expectation.expectation_class != static_cast<std::uint32_t>(Class::signalling);
  const Expectation* pair =
      media ? other_end(step.conntrack().expectations(), conn, master) : nullptr;
  if (pair != nullptr && step.holds(Clause::sip_media_leave_from_where_media_are_expected)) {
    range.min_address = range.max_address = pair->tuple.dst;
    range.min_port = range.max_port = pair->tuple.dst_id;
    return range;
  }
  if (conn.of(Direction::original).src != master.of(expectation.direction).src) return std::nullopt;
  range.min_address = range.max_address = master.of(!expectation.direction).dst;
  return range;
}

}  // namespace

Text Message::text() const {
  const bool ipv6 = packet_.packet.is_ipv6();
  const std::string_view payload = over_tcp() ? packet_.tcp_payload() : packet_.udp_payload();
  return {payload.substr(std::min(extent_.at, payload.size()), extent_.size),
          ipv6 ? wire::AddressFamily::ipv6 : wire::AddressFamily::ipv4};
}

bool Message::write(Part part, std::string_view text) const {
  const Replacement replacement{.at = extent_.at + part.at, .size = part.size, .text = text};
  if (!over_tcp()) return mangle_udp(step(), packet_.packet, replacement);
  if (!mangle_tcp(step(), packet_.packet, replacement, Numbers::follow_later)) return false;
  extent_.size += text.size() - part.size;
  return true;
}

Verdict translate_headers(const Message& message) {
  const bool request = !starts_with_ignoring_case(message.text(), "SIP/2.0");
  const bool done = (!request || map_request_uri(message)) && map_via(message, request) &&
                    map_contacts(message) && map_first(message, Header::from) &&
                    map_first(message, Header::to) && map_forced_port(message);
  return done ? Verdict::accept : Verdict::drop;
}

Verdict expect_translated(const Message& message, Expectation expectation, Part part) {
  const bool hidden = message.here().src != message.there().dst;
  expectation.saved_address = expectation.tuple.dst;
  expectation.saved_id = expectation.tuple.dst_id;
  expectation.tuple.dst_id = wanted_port(message, expectation);
  if (hidden) expectation.tuple.dst = message.there().dst;
  expectation.direction = !message.packet().direction();
  expectation.function = ExpectFunction::sip;
  const auto port = expect_on_free_port(message.step(), expectation, policy_of(Class::signalling));
  if (!port) return Verdict::drop;
  if (expectation.tuple.dst == expectation.saved_address && *port == expectation.saved_id) {
    return Verdict::accept;
  }
  if (!message.step().holds(Clause::sip_registration_shows_the_public_address)) {
    return Verdict::accept;
  }
  return message.write(part, to_string(expectation.tuple.dst, *port)) ? Verdict::accept
                                                                      : Verdict::drop;
}

void begin_expected_by_sip(Step& step, Conn& conn, const Expectation& expectation) {
  NatRange destination;
  destination.min_address = destination.max_address = expectation.saved_address;
  destination.min_port = destination.max_port = expectation.saved_id;
  if (step.holds(Clause::sip_expected_goes_to_the_private_address)) {
    setup_info(step, conn, destination, ManipType::dst);
  }
  if (const auto source = source_of_expected(step, conn, expectation)) {
    setup_info(step, conn, *source, ManipType::src);
  }
}

}  // namespace natstep::model::sip
