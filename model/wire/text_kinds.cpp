// SPDX-License-Identifier: GPL-2.0-or-later
// The first word of a packet, and what it says of protocol and family.
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/text_node.h"
#include "model/wire/udplite.h"

namespace natstep::wire::text {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::udp:
      return "udp";
    case Kind::tcp:
      return "tcp";
    case Kind::icmp:
      return "icmp";
    case Kind::icmp6:
      return "icmp6";
    case Kind::udplite:
      return "udplite";
    case Kind::sctp:
      return "sctp";
    case Kind::dccp:
      return "dccp";
    case Kind::gre:
      return "gre";
    case Kind::ip:
      return "ip";
    case Kind::ip6:
      return "ip6";
    case Kind::hex:
      break;
  }
  return "hex";
}

std::optional<std::uint8_t> protocol_of(Kind kind) {
  switch (kind) {
    case Kind::udp:
      return ip_protocol::udp;
    case Kind::tcp:
      return ip_protocol::tcp;
    case Kind::icmp:
      return ip_protocol::icmp;
    case Kind::icmp6:
      return ip_protocol::icmpv6;
    case Kind::udplite:
      return ip_protocol::udplite;
    case Kind::sctp:
      return ip_protocol::sctp;
    case Kind::dccp:
      return ip_protocol::dccp;
    case Kind::gre:
      return ip_protocol::gre;
    case Kind::ip:
    case Kind::ip6:
    case Kind::hex:
      break;
  }
  return std::nullopt;
}

AddressFamily family_of(Kind kind) {
  switch (kind) {
    case Kind::icmp:
    case Kind::ip:
      return AddressFamily::ipv4;
    case Kind::icmp6:
    case Kind::ip6:
      return AddressFamily::ipv6;
    default:
      return AddressFamily::none;
  }
}

bool has_ports(Kind kind) {
  return kind == Kind::udp || kind == Kind::tcp || kind == Kind::udplite || kind == Kind::sctp ||
         kind == Kind::dccp;
}

std::span<const icmp::Name> icmp_names(Kind kind) {
  if (kind == Kind::icmp) return icmpv4::names();
  if (kind == Kind::icmp6) return icmpv6::names();
  return {};
}

}  // namespace natstep::wire::text
