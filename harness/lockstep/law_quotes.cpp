// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/law_quotes.h"

#include "model/protocol.h"
#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using wire::ByteView;
namespace protocol = model::protocol;

/// What may differ between a packet as it was sent and as it is quoted: every router on its way
/// wrote its TTL, and maybe its options.
bool written_on_the_way(const LawPacket& packet, std::size_t at) {
  if (packet.family() == wire::AddressFamily::ipv6) return at == wire::ipv6::hop_limit;
  return at == wire::ipv4::ttl || at == wire::ipv4::checksum || at == wire::ipv4::checksum + 1 ||
         (at >= wire::ipv4::options && at < packet.l4_offset());
}

/// Where in the transport header the sum of RFC 1071 is; nothing for a protocol that has none.
std::optional<std::size_t> place_of_sum(const LawPacket& packet) {
  if (packet.is_icmp()) return wire::icmpv4::checksum;
  switch (packet.protocol()) {
    case protocol::tcp:
      return wire::tcp::checksum;
    case protocol::udp:
      return wire::udp::checksum;
    case protocol::udplite:
      return wire::udplite::checksum;
    case protocol::dccp:
      return wire::dccp::checksum;
    default:
      return std::nullopt;
  }
}

bool is_zero_of_rfc1071(std::uint16_t sum) {
  return sum == 0 || sum == 0xffff;
}

/// nf_nat_proto.c sctp_manip_pkt sums up whatever there is.
bool crc_is_made_right(const LawPacket& quote) {
  return quote.protocol() == protocol::sctp && quote.payload().size() >= wire::sctp::size &&
         wire::SctpView(quote.payload()).checksum_valid();
}

void take(wire::Bytes& into, ByteView from, std::size_t at, std::size_t size) {
  const std::size_t end = std::min({at + size, into.size(), from.size()});
  for (; at < end; ++at)
    into[at] = from[at];
}

}  // namespace

std::optional<std::size_t> not_quoted(const LawPacket& quote, ByteView whole,
                                      const RuleWrites& writes) {
  const auto written = written_bytes(quote, writes);
  for (std::size_t i = 0; i < quote.bytes().size(); ++i) {
    if (i < whole.size() && quote.bytes()[i] == whole[i]) continue;
    if (i >= whole.size() || (!written_on_the_way(quote, i) && !written[i])) return i;
  }
  return std::nullopt;
}

std::string byte_in_words(const LawPacket& quote, ByteView whole, std::size_t at) {
  const auto there = at < whole.size() ? fmt::format("0x{:02x}", whole[at]) : "nothing";
  return fmt::format("byte {} of the quote is 0x{:02x}, sent was {}", at, quote.bytes()[at], there);
}

bool tells_of_reassembly(const LawPacket& error) {
  const auto type = error.payload()[wire::icmpv4::type], code = error.payload()[wire::icmpv4::code];
  const bool v6 = error.family() == wire::AddressFamily::ipv6;
  return code == 1 && type == (v6 ? wire::icmpv6::time_exceeded : wire::icmpv4::time_exceeded);
}

bool quote_ends_in_its_extensions(const LawPacket& packet) {
  constexpr std::size_t least = wire::ipv6::size + 2;  // what tells how long an extension is
  return packet.family() == wire::AddressFamily::ipv6 && packet.is_icmp_error() &&
         !packet.quoted() && packet.payload().size() >= wire::icmpv6::size + least;
}

wire::Bytes as_quoted_back(const LawPacket& came, const LawPacket& quote, bool partial) {
  wire::Bytes whole(came.bytes().begin(), came.bytes().end());
  if (l4_checksum(came) != ChecksumState::bad) return whole;
  const std::size_t l4 = came.l4_offset();
  if (came.protocol() == protocol::sctp) {
    if (crc_is_made_right(quote))
      take(whole, quote.bytes(), l4 + wire::sctp::checksum, sizeof(std::uint32_t));
    return whole;
  }
  const auto place = place_of_sum(came);
  if (!place || l4 + *place + 2 > std::min(whole.size(), quote.bytes().size())) return whole;
  const std::size_t at = l4 + *place;
  const bool zeros = is_zero_of_rfc1071(wire::load_be16(&whole[at])) &&
                     is_zero_of_rfc1071(wire::load_be16(&quote.bytes()[at]));
  if (partial || zeros) take(whole, quote.bytes(), at, 2);
  return whole;
}

}  // namespace natstep::harness
