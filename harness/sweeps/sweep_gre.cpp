// SPDX-License-Identifier: GPL-2.0-or-later
// GRE headers: every version, every combination of the bits that say which fields there are, and
// every length up to a whole header, from either side.
#include "harness/sweeps/sweep.h"

#include <array>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// The protocols that the second word names: PPP, which enhanced GRE carries, and IPv4.
struct Carried {
  std::string_view name;
  std::string_view hex;
};
constexpr std::array<Carried, 2> carried{{{"ppp", "880b"}, {"ipv4", "0800"}}};

constexpr unsigned versions = 8;
constexpr unsigned fields = 16;  // checksum, routing, key and sequence number, there or not
constexpr std::string_view rest = "00040007000000010000000200000003";

/// The address that NAT shows is not the box's own, of which nobody knows whether it has a handler
/// for GRE.
std::string scenario(unsigned version, unsigned present, const Carried& what) {
  std::string text =
      "topology router\nnft {\n  table ip sweep {\n    chain post { type nat hook postrouting "
      "priority srcnat; oifname \"wan\" snat to 203.0.113.7; }\n  }\n}\n";
  const std::string whole = fmt::format("{:02x}{:02x}{}{}", present << 4, version, what.hex, rest);
  for (std::size_t length = 1; length <= whole.size() / 2; ++length) {
    const std::string_view cut = std::string_view(whole).substr(0, 2 * length);
    text += fmt::format(
        "in lan ip 10.0.1.2 > 198.51.100.9 proto 47 hex {0}\n"
        "in wan ip 198.51.100.9 > 203.0.113.7 proto 47 hex {0}\n",
        cut);
  }
  return text;
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (unsigned version = 0; version < versions; ++version)
    for (unsigned present = 0; present < fields; ++present)
      for (const Carried& what : carried) {
        all.push_back(
            {.name = fmt::format("version_{}_fields_{:x}_{}", version, present, what.name),
             .text = [version, present, &what] { return scenario(version, present, what); }});
      }
  return all;
}

}  // namespace

const Sweep sweep_gre{
    .name = "gre",
    .sentence = "GRE headers of every version, with every set of fields, cut at every length.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
