// SPDX-License-Identifier: GPL-2.0-or-later
// The packet notation.
//
//   PACKET    = udp     ENDPOINT > ENDPOINT  ITEM...
//             | tcp     ENDPOINT > ENDPOINT  ITEM...
//             | udplite ENDPOINT > ENDPOINT  ITEM...
//             | sctp    ENDPOINT > ENDPOINT  ITEM... CHUNK...
//             | dccp    ENDPOINT > ENDPOINT  ITEM...
//             | gre     ADDRESS  > ADDRESS   ITEM...
//             | icmp    ADDRESS  > ADDRESS   ITEM...   between IPv4 addresses
//             | icmp6   ADDRESS  > ADDRESS   ITEM...   between IPv6 addresses
//             | ip      ADDRESS  > ADDRESS   ITEM...   any other protocol, or a broken L4 header
//             | ip6     ADDRESS  > ADDRESS   ITEM...   the same for IPv6
//             | hex     HEX...                         a whole frame; `hex -` is the empty one
//
//   ENDPOINT  = ADDRESS:NUMBER            an IPv6 address in brackets: [fd00::2]:53
//   ITEM      = FIELD | EXTENSION | PAYLOAD
//                 in any order, each at most once; extension headers in the order of the wire
//   PAYLOAD   = "text" | hex HEX | payload COUNT
//                 the latter: COUNT bytes 00 01 02 ... ff 00 ...
//             | PAYLOAD zeros COUNT      so many bytes 00 behind it; not in a CHUNK
//   EXTENSION = hopopts HEX | dstopts HEX | routing HEX | ah HEX | frag hex HEX
//                 all behind the first two bytes
//             | frag BYTES[+] | mf
//                 directly behind any of them, next N and hlen N set its first two bytes
//   NUMBER    = decimal | 0xHEX | $variable
//   HEX       = pairs of hex digits, or - for none
//
// Unset means computed: a text with endpoints only is a valid packet. What can be set:
//
//   every packet   ip-version N, ip-len N; trailer HEX, bytes behind the IP packet; cut N, only the
//                  first N bytes are there
//   IPv4           ttl N (64), tos N, ip-id N, df, evil, frag BYTES[+] (the + is MF), mf (short for
//                  frag 0+), ip-options HEX, ihl N, ip-checksum SUM
//   IPv6           hlim N (64), tclass N, flow N; ip-len is the payload length; next N, the first
//                  next-header value; ip-id N, of the fragment header
//   udp            len N, checksum SUM|absent
//   tcp            FLAGS, as SYN or FIN,ACK, or flags N, flags none; seq N, ack N, win N (65535),
//                  urg N, doff N, reserved N, checksum SUM;
//                  options in the order of the wire: mss N, sackok, wscale N, timestamp N N,
//                  sack N-N..., nop, eol, options HEX; the last word is filled with zeros
//   icmp, icmp6    a name such as echo-request (which is the default) or port-unreachable, or
//                  type N code N; id N, seq N, mtu N, pointer N, length N (RFC 4884), of icmp
//                  gateway ADDRESS, rest N (all four bytes); checksum SUM;
//                  [ PACKET ] the packet that an error quotes, pad N (zeros behind it), before HEX
//                  (in front of it: addresses and the head of the option that a redirect has)
//   udplite        coverage N (0: all of it), checksum SUM
//   sctp           vtag N, checksum SUM; chunks in the order of the wire, see below
//   dccp           REQUEST (which is the default), RESPONSE, DATA, ACK, DATAACK, CLOSEREQ, CLOSE,
//                  RESET, SYNC, SYNCACK or type N; of numbers of 48 bits the lower seq N, ack N and
//                  the upper seq-high N, ack-high N; with x 0 a short one, seq24 N, and what is
//                  acknowledged is payload; coverage N, ccval N, doff N, reserved N, checksum SUM;
//                  the payload begins with a service code, or the code and data of a reset
//   gre            flags N, proto N (0x0800); call-id N and len N make it version 1, proto 0x880b
//   ip, ip6        proto N (253); of ip6, what the last extension header leads to
//   SUM            N, bad (wrong the same way every time), valid
//
//   CHUNK     = DATA [tsn N] [sid N] [ssn N] [ppid N]
//             | INIT or INIT_ACK [tag N] [rwnd N (65535)] [os N (10)] [mis N (10)] [tsn N]
//             | SACK [tsn N] [rwnd N] [gaps N] [dups N] | SHUTDOWN, ECNE or CWR [tsn N]
//             | HEARTBEAT | HEARTBEAT_ACK | SHUTDOWN_ACK | ERROR | COOKIE_ECHO | COOKIE_ACK
//             | ABORT [T] | SHUTDOWN_COMPLETE [T]
//             | CHUNK type N                           any other type
//             | raw HEX                                what is no chunk
//     each with [flags N] [len N] and, last, the value behind its fixed fields: a PAYLOAD
//
// Checksums of IPv6 are computed over the addresses of the fixed header, whatever a routing header
// says. Text ends at `where`, at a comment (# ...), or at its end. In a pin, what is not mentioned
// is not compared.
#include "model/wire/text_lexer.h"
#include "model/wire/text_node.h"

#include <algorithm>

namespace natstep::wire {
namespace {

void collect_variables(const PacketText::Node& node, std::vector<std::string>& names) {
  for (const auto& setting : node.settings) {
    if (setting.value.kind != text::Value::Kind::variable) continue;
    if (std::ranges::find(names, setting.value.variable) == names.end()) {
      names.push_back(setting.value.variable);
    }
  }
  if (node.embedded) collect_variables(*node.embedded, names);
}

}  // namespace

PacketText::PacketText() : root_(std::make_shared<const Node>()) {}

PacketText::PacketText(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

Parsed<Bytes> PacketText::build(const Variables& variables) const {
  return text::build_node(*root_, variables);
}

std::vector<std::string> PacketText::variables() const {
  std::vector<std::string> names;
  collect_variables(*root_, names);
  return names;
}

std::string PacketText::print() const {
  return text::print_node(*root_);
}

std::string print_packet(ByteView packet) {
  return text::print_node(text::derive_node(packet));
}

}  // namespace natstep::wire
