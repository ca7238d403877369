// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/packet_parts.h"

#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {
namespace {

using namespace std::string_view_literals;
using wire::AddressFamily;
using wire::Bytes;

struct AddressPair {
  std::string_view ipv4, ipv6;
};

// Who is where: hosts in lan and dmz, servers beyond wan, the box, and addresses that are nobody's.
constexpr std::array addresses{
    AddressPair{"10.0.1.2", "fd00:1::2"},
    AddressPair{"198.51.100.9", "2001:db8:5::9"},
    AddressPair{"203.0.113.1", "2001:db8:203::1"},
    AddressPair{"10.0.1.3", "fd00:1::3"},
    AddressPair{"10.0.2.8", "fd00:2::8"},
    AddressPair{"203.0.113.7", "2001:db8:203::7"},
    AddressPair{"198.51.100.7", "2001:db8:5::7"},
    AddressPair{"10.0.1.1", "fd00:1::1"},
    AddressPair{"10.0.1.8", "fd00:1::8"},
    AddressPair{"192.0.2.77", "2001:db8:77::77"},
    AddressPair{"10.0.2.1", "fd00:2::1"},
    AddressPair{"203.0.113.5", "2001:db8:203::5"},
    AddressPair{"192.0.2.2", "2001:db8:aa::2"},
    AddressPair{"10.0.2.9", "fd00:2::9"},
    AddressPair{"10.0.9.9", "fd00:9::9"},
    AddressPair{"127.0.0.1", "::1"},
    AddressPair{"255.255.255.255", "ff02::1"},
    AddressPair{"224.0.0.1", "ff0e::1"},
    AddressPair{"0.0.0.0", "::"},
    AddressPair{"10.0.1.255", "fd00:1::ffff"},
    AddressPair{"240.0.0.1", "2001:db8:78::1"},
    AddressPair{"192.0.2.65", "2001:db8:78::2"},
    AddressPair{"203.0.113.17", "2001:db8:203::11"},
    AddressPair{"10.0.1.77", "fd00:1::77"},
};

constexpr std::array<std::uint16_t, 26> ports{
    4000, 53,   80,    4001, 5353,  8080, 50000, 5000, 21,   69,    5001,  1024, 512,
    511,  1023, 65535, 0,    10080, 1723, 6667,  5060, 3128, 33333, 49152, 2,    5300};

using namespace wire::tcp;
constexpr std::array<std::uint8_t, 20> flag_sets{syn,
                                                 syn | ack_flag,
                                                 ack_flag,
                                                 psh | ack_flag,
                                                 fin | ack_flag,
                                                 rst,
                                                 rst | ack_flag,
                                                 fin,
                                                 0,
                                                 syn | fin,
                                                 syn | rst,
                                                 0xff,
                                                 syn | psh,
                                                 urg | ack_flag,
                                                 syn | ece | cwr,
                                                 fin | psh | ack_flag | urg,
                                                 fin | rst,
                                                 psh,
                                                 syn | ack_flag | psh,
                                                 syn | ack_flag | fin};

constexpr std::array<IcmpType, 16> icmpv4_types{{{8, 0},
                                                 {0, 0},
                                                 {13, 0},
                                                 {14, 0},
                                                 {15, 0},
                                                 {16, 0},
                                                 {17, 0},
                                                 {18, 0},
                                                 {8, 1},
                                                 {10, 0},
                                                 {3, 3},
                                                 {11, 0},
                                                 {5, 1},
                                                 {40, 0},
                                                 {42, 0},
                                                 {255, 9}}};
constexpr std::array<IcmpType, 12> icmpv6_types{{{128, 0},
                                                 {129, 0},
                                                 {128, 1},
                                                 {135, 0},
                                                 {136, 0},
                                                 {133, 0},
                                                 {1, 4},
                                                 {2, 0},
                                                 {3, 0},
                                                 {130, 0},
                                                 {143, 0},
                                                 {139, 1}}};

constexpr std::array<IcmpError, 16> icmpv4_errors{{{3, 3, 0},
                                                   {11, 0, 0},
                                                   {3, 4, 1280},
                                                   {3, 1, 0},
                                                   {12, 0, 0x14000000},
                                                   {5, 1, 0x0a00014d},
                                                   {4, 0, 0},
                                                   {3, 0, 0},
                                                   {3, 13, 0},
                                                   {11, 1, 0},
                                                   {3, 2, 0},
                                                   {3, 4, 0},
                                                   {3, 19, 0},
                                                   {5, 0, 0xcb007105},
                                                   {3, 3, 0x00050000},
                                                   {2, 0, 0}}};
constexpr std::array<IcmpError, 12> icmpv6_errors{{{1, 4, 0},
                                                   {3, 0, 0},
                                                   {2, 0, 1280},
                                                   {1, 0, 0},
                                                   {4, 1, 40},
                                                   {1, 3, 0},
                                                   {1, 1, 0},
                                                   {4, 0, 6},
                                                   {3, 1, 0},
                                                   {1, 6, 0},
                                                   {137, 0, 0},
                                                   {100, 0, 0}}};

constexpr std::array<std::uint8_t, 16> chunks{1,  2, 10, 11, 0, 3,  7,  8,
                                              14, 6, 4,  5,  9, 12, 13, 130};

// In the order in which a connection has them; the last ones are reserved.
constexpr std::array<std::uint8_t, 12> dccp_types{wire::dccp::request,
                                                  wire::dccp::response,
                                                  wire::dccp::ack,
                                                  wire::dccp::data,
                                                  wire::dccp::data_ack,
                                                  wire::dccp::close,
                                                  wire::dccp::reset,
                                                  wire::dccp::sync,
                                                  wire::dccp::sync_ack,
                                                  wire::dccp::close_request,
                                                  15,
                                                  wire::dccp::first_reserved};

constexpr std::array<std::size_t, 16> quotes{0,  28, 27, 40,  20,  24, 36, 48,
                                             64, 8,  19, 576, 128, 60, 1,  41};

Bytes filled(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// A control message of PPTP (RFC 2637 section 2): length, type 1, the cookie, the kind, and what
/// belongs to it.
Bytes pptp(std::uint8_t kind, std::size_t size, std::uint16_t call, std::uint16_t peer) {
  Bytes bytes(size);
  wire::store_be16(bytes.data(), static_cast<std::uint16_t>(size));
  bytes[3] = 1;
  wire::store_be32(&bytes[4], 0x1a2b3c4d);
  bytes[9] = kind;
  if (size >= 16) {
    wire::store_be16(&bytes[12], call);
    wire::store_be16(&bytes[14], peer);
  }
  if (size > 16) bytes[kind == 2 ? 14 : 16] = 1;  // the result: it worked
  return bytes;
}

std::string sip(std::string_view first_line, std::string_view address) {
  const std::string a(address);
  const std::string body = "v=0\r\no=- 1 1 IN IP4 " + a + "\r\ns=-\r\nc=IN IP4 " + a +
                           "\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n";
  return std::string(first_line) + "\r\nVia: SIP/2.0/UDP " + a + ":5060;branch=z9hG4bK1\r\n" +
         "From: <sip:a@" + a + ">;tag=1\r\nTo: <sip:b@198.51.100.9>\r\nCall-ID: 1@" + a +
         "\r\nCSeq: 1 INVITE\r\nContact: <sip:a@" + a +
         ":5060>\r\nContent-Type: application/sdp\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A message of NTP's size is nothing to anybody; the others are what helpers read.
std::vector<Bytes> make_payloads() {
  std::vector<Bytes> all{{}, bytes_of("ping"), bytes_of("odd"), filled(100), filled(1)};
  for (const auto text :
       {"PORT 10,0,1,2,19,137\r\n"sv, "227 Entering Passive Mode (198,51,100,9,19,137)\r\n"sv,
        "EPRT |1|10.0.1.2|5001|\r\n"sv, "229 Extended Passive (|||5001|)\r\n"sv,
        "EPRT |2|fd00:1::2|5001|\r\n"sv, "\0\1file\0octet\0"sv,
        "PRIVMSG b :\1DCC SEND f 167772418 5001 10\1\r\n"sv,
        "PRIVMSG b :\1DCC CHAT chat 3405803777 5001\1\r\n"sv,
        "CONNECT DATA 5001 MESG 5002 INDEX 5003\n"sv, "PORT 10,0,1,3,0,80\r\n"sv,
        "PORT 10,0,1,2,19,13"sv, "\0\2file\0netascii\0"sv})
    all.push_back(bytes_of(text));
  all.push_back(pptp(1, 156, 0, 0));
  all.push_back(pptp(2, 156, 0, 0));
  all.push_back(pptp(7, 168, 7, 0));
  all.push_back(pptp(8, 32, 9, 7));
  all.push_back(pptp(12, 16, 7, 0));
  all.push_back(pptp(15, 24, 9, 0));
  all.push_back(bytes_of(sip("INVITE sip:b@198.51.100.9 SIP/2.0", "10.0.1.2")));
  all.push_back(bytes_of(sip("SIP/2.0 200 OK", "198.51.100.9")));
  all.push_back(bytes_of(sip("REGISTER sip:198.51.100.9 SIP/2.0", "10.0.1.2")));
  all.push_back(filled(1000));
  all.push_back(filled(1472));
  all.push_back(filled(8));
  return all;
}
const std::vector<Bytes>& payloads() {
  static const std::vector<Bytes> all = make_payloads();
  return all;
}

// Options of TCP in whole words; the last ones are wrong.
constexpr std::array tcp_option_sets{
    ""sv,
    "\x02\x04\x05\xb4"sv,                                  // MSS
    "\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x01\x01"sv,  // and SACK, scale 7
    "\x03\x03\x0e\x01"sv,                                  // scale 14
    "\x08\x0a\0\0\0\1\0\0\0\0\x01\x01"sv,                  // timestamp
    "\x01\x01\x05\x0a\0\0\x23\x29\0\0\x23\x8d"sv,          // SACK block
    "\x03\x03\x0f\x00"sv,                                  // scale 15
    "\x04\x02\x01\x01"sv,                                  // SACK permitted
    "\x01\x01\x08\x0a\0\0\0\1\0\0\0\2\x01\x01\x05\x12\0\0\x03\xe9\0\0\x04\x4d\0\0\x23\x29\0\0\x23\x8d"sv,
    "\x02\x00\x05\xb4"sv,  // a length of zero
    "\x08\x0a\0\0"sv,      // cut short
    "\x05\x0b\0\0\x23\x29\0\0\x23\x8d\0\0"sv,
};

constexpr std::array ip_option_sets{
    "\x01\x01\x01\x00"sv,                      // padding
    "\x94\x04\x00\x00"sv,                      // router alert
    "\x07\x07\x04\0\0\0\0\0"sv,                // record route
    "\x44\x08\x05\x00\0\0\0\0"sv,              // timestamps
    "\x83\x07\x04\xc0\0\x02\x05\0"sv,          // loose source route
    "\x89\x07\x08\xc0\0\x02\x05\0"sv,          // strict, used up
    "\x1e\x04\x11\x22"sv,                      // an experiment
    "\x07\x02\x04\0"sv,                        // a record of no length
    "\x44\x0c\x05\x01\0\0\0\0\0\0\0\0"sv,      // addresses and timestamps
    "\x82\x0b\0\0\0\0\0\0\0\0\0\0"sv,          // security
    "\x07\x0b\x08\x0a\0\x01\x02\0\0\0\0\0"sv,  // a record half full
    "\x1e\xff\x11\x22"sv,                      // longer than the header
};

template <typename Table>
const auto& at(const Table& table, std::size_t index) {
  return table[index % table.size()];
}

wire::ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <std::string_view AddressPair::*member>
std::array<wire::Address, addresses.size()> parsed() {
  std::array<wire::Address, addresses.size()> all;
  std::ranges::transform(addresses, all.begin(), [](const AddressPair& pair) {
    return wire::Address::parse(pair.*member).value_or(wire::Address{});
  });
  return all;
}

}  // namespace

PacketPartCounts packet_part_counts() {
  return {.addresses = addresses.size(),
          .ports = ports.size(),
          .tcp_flags = flag_sets.size(),
          .icmp_types = icmpv4_types.size(),
          .errors = icmpv4_errors.size(),
          .chunks = chunks.size(),
          .payloads = payloads().size(),
          .tcp_options = tcp_option_sets.size(),
          .ip_options = ip_option_sets.size(),
          .quotes = quotes.size()};
}

wire::Address address(AddressFamily family, std::uint8_t index) {
  static const auto ipv4 = parsed<&AddressPair::ipv4>();
  static const auto ipv6 = parsed<&AddressPair::ipv6>();
  return at(family == AddressFamily::ipv6 ? ipv6 : ipv4, index);
}

std::uint16_t port(std::uint8_t index) {
  return at(ports, index);
}

bool is_common_port(std::uint32_t value) {
  return std::ranges::find(ports, value) != ports.end();
}

std::uint8_t tcp_flags(std::uint8_t index) {
  return at(flag_sets, index);
}

IcmpType icmp_type(AddressFamily family, std::uint8_t index) {
  return family == AddressFamily::ipv6 ? at(icmpv6_types, index) : at(icmpv4_types, index);
}

IcmpError icmp_error(AddressFamily family, std::uint8_t index) {
  return family == AddressFamily::ipv6 ? at(icmpv6_errors, index) : at(icmpv4_errors, index);
}

std::uint8_t chunk_type(std::uint8_t index) {
  return at(chunks, index);
}

std::uint8_t dccp_type(std::uint8_t index) {
  return at(dccp_types, index);
}

wire::ByteView payload(std::uint8_t index) {
  return at(payloads(), index);
}

wire::ByteView tcp_options(std::uint8_t index) {
  return view(at(tcp_option_sets, index));
}

wire::ByteView ip_options(std::uint8_t index) {
  return view(at(ip_option_sets, index));
}

std::size_t quoted_bytes(std::uint8_t index) {
  return at(quotes, index);
}

}  // namespace natstep::fuzz
