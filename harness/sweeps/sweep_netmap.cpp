// SPDX-License-Identifier: GPL-2.0-or-later
// Every length of a prefix that is mapped onto another one, in both families and both directions,
// with hosts on both sides of its border.
#include "harness/sweeps/sweep.h"
#include "model/wire/address.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using wire::Address;
using wire::AddressFamily;

/// A family: the addresses that are mapped, and onto what, before the prefix cuts them.
struct Family {
  std::string_view name;
  std::string_view topology;
  std::string_view inside;
  std::string_view outside;
  std::string_view peer;
  unsigned bits;
};

constexpr std::array<Family, 2> families{
    {{"ipv4", "router", "10.165.165.165", "192.90.90.90", "198.51.100.9", 32},
     {"ipv6", "router6", "fda5:a5a5:a5a5:a5a5:a5a5:a5a5:a5a5:a5a5",
      "2001:5a5a:5a5a:5a5a:5a5a:5a5a:5a5a:5a5a", "2001:db8:5::9", 128}}};

/// `address` with bit `at`, counted from the left, turned over.
Address with_bit(Address address, unsigned at) {
  address.bytes[at / 8] = static_cast<std::uint8_t>(address.bytes[at / 8] ^ (0x80u >> (at % 8)));
  return address;
}

Address network(Address address, unsigned length, unsigned bits) {
  for (unsigned at = length; at < bits; ++at)
    address.bytes[at / 8] = static_cast<std::uint8_t>(address.bytes[at / 8] & ~(0x80u >> (at % 8)));
  return address;
}

Address read(std::string_view text) {
  return Address::parse(text).value();
}

/// The host itself, and those whose address differs by the last bit of the prefix, the first bit
/// behind it, and the last bit of all.
std::vector<Address> hosts_around(const Address& host, unsigned length, unsigned bits) {
  std::vector<Address> hosts{host, with_bit(host, length - 1)};
  if (length < bits) hosts.push_back(with_bit(host, length));
  hosts.push_back(with_bit(host, bits - 1));
  return hosts;
}

std::string end(const Address& address, unsigned port) {
  return wire::to_string(address, static_cast<std::uint16_t>(port));
}

std::string scenario(const Family& family, unsigned length, bool source) {
  const Address inside = read(family.inside), outside = read(family.outside);
  const Address peer = read(family.peer);
  const Address& from = source ? inside : outside;
  const Address& to = source ? outside : inside;
  const std::string_view ip = family.bits == 32 ? "ip" : "ip6";
  std::string text = fmt::format(
      "topology {}\nroute {}/{} dev lan\nnft {{\n  table {} sweep {{\n    chain c {{ type nat hook "
      "{} "
      "priority {}; {} {} {}/{} {} {} prefix to {} {} map {{ {}/{} : {}/{} }}; }}\n  }}\n}}\n",
      family.topology, wire::to_string(network(inside, 16, family.bits)), 16, ip,
      source ? "postrouting" : "prerouting", source ? "srcnat" : "dstnat", ip,
      source ? "saddr" : "daddr", wire::to_string(network(from, length, family.bits)), length,
      source ? "snat" : "dnat", ip, ip, source ? "saddr" : "daddr",
      wire::to_string(network(from, length, family.bits)), length,
      wire::to_string(network(to, length, family.bits)), length);
  unsigned port = 4000;
  for (const Address& host : hosts_around(from, length, family.bits)) {
    text += source ? fmt::format("in lan udp {} > {} \"x\"\n", end(host, port), end(peer, 53))
                   : fmt::format("in wan udp {} > {} \"x\"\n", end(peer, 53), end(host, port));
    ++port;
  }
  return text;
}

constexpr unsigned shortest = 17;  // the route of what is inside has 16 bits

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Family& family : families)
    for (const bool source : {true, false})
      for (unsigned length = shortest; length < family.bits; ++length) {
        all.push_back(
            {.name =
                 fmt::format("{}_{}_{}", family.name, source ? "source" : "destination", length),
             .text = [&family, length, source] { return scenario(family, length, source); }});
      }
  return all;
}

}  // namespace

const Sweep sweep_netmap{
    .name = "netmap",
    .sentence =
        "Every length of a prefix that is mapped onto another, and hosts around its border.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
