// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/packet_parts.h"

#include "fuzz/payloads.h"
#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace natstep::fuzz {
namespace {

using namespace std::string_view_literals;
using wire::AddressFamily;

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
    AddressPair{"198.18.0.1", "fe80::2"},
};

constexpr std::array<std::uint16_t, 27> ports{
    4000, 53,    80, 4001,  5353, 8080, 50000, 5000, 21,    69,    5001, 1024, 512, 511,
    1023, 65535, 0,  10080, 1723, 6667, 5060,  3128, 33333, 49152, 2,    5300, 5004};

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
constexpr std::array<IcmpType, 16> icmpv6_types{{{128, 0},
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
                                                 {139, 1},
                                                 {151, 0},
                                                 {152, 0},
                                                 {153, 0},
                                                 {137, 0}}};

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

constexpr std::array<std::uint16_t, 4> segment_sizes{0, 100, 512, 1400};

constexpr std::array<std::size_t, 16> quotes{0,  28, 27, 40,  20,  24, 36, 48,
                                             64, 8,  19, 576, 128, 60, 1,  41};

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
    "\x13\x12\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x01\x01"sv,  // a signature
    "\x13\x04\0\0"sv,                                                        // too short
    "\x1d\x10\1\1\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c"sv,                      // authentication
    "\x1d\x04\1\1\x13\x12\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x01\x01"sv,
};

constexpr std::array ip_option_sets{
    "\x01\x01\x01\x00"sv,                              // padding
    "\x94\x04\x00\x00"sv,                              // router alert
    "\x07\x07\x04\0\0\0\0\0"sv,                        // record route
    "\x44\x08\x05\x00\0\0\0\0"sv,                      // timestamps
    "\x83\x07\x04\xc0\0\x02\x05\0"sv,                  // loose source route
    "\x89\x07\x08\xc0\0\x02\x05\0"sv,                  // strict, used up
    "\x1e\x04\x11\x22"sv,                              // an experiment
    "\x07\x02\x04\0"sv,                                // a record of no length
    "\x44\x0c\x05\x01\0\0\0\0\0\0\0\0"sv,              // addresses and timestamps
    "\x82\x0b\0\0\0\0\0\0\0\0\0\0"sv,                  // security
    "\x07\x0b\x08\x0a\0\x01\x02\0\0\0\0\0"sv,          // a record half full
    "\x1e\xff\x11\x22"sv,                              // longer than the header
    "\x94\x02\x01\x00"sv,                              // router alert without a value
    "\x07\x07\x04\0\0\0\0\x07\x07\x04\0\0\0\0\0\0"sv,  // two records
    "\x44\x04\x05\x00"sv,                              // timestamps, and no room
    "\x44\x04\x05\xf0"sv,                              // a sixteenth without room
    "\x89\x07\x04\xc6\x33\x64\x09\0"sv,                // strict, by way of the server
    "\x89\x07\x04\x0a\0\x01\x02\0"sv,                  // strict, by way of the client
    "\x83\x07\x04\x0a\0\x01\x02\0"sv,                  // loose
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
          .payloads = payload_count(),
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

std::uint8_t port_index(std::uint16_t value) {
  return static_cast<std::uint8_t>(std::ranges::find(ports, value) - ports.begin());
}

wire::ByteView tcp_options(std::uint8_t index) {
  return view(at(tcp_option_sets, index));
}

wire::ByteView ip_options(std::uint8_t index) {
  return view(at(ip_option_sets, index));
}

std::size_t offload_choices() {
  return 1 + segment_sizes.size();
}

std::uint16_t segment_size(std::uint8_t offload) {
  return offload == 0 ? std::uint16_t{0} : at(segment_sizes, offload - 1u);
}

std::size_t quoted_bytes(std::uint8_t index) {
  return at(quotes, index);
}

}  // namespace natstep::fuzz
