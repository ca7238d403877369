// SPDX-License-Identifier: GPL-2.0-or-later
// The readers of rules: whatever the words of iptables or the kernel's listing, nothing crashes,
// and what was read can be settled.
#include "harness/rules/rules.h"
#include "harness/scenario/topology_lines.h"

#include <cstdint>
#include <string_view>

using namespace natstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const model::Topology topology = harness::default_topology("router6").value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  model::Ruleset from_nft, from_iptables;
  harness::add_nft_rules(text, topology, from_nft);
  harness::settle(from_nft);
  harness::add_iptables_rules(text, 1, true, topology, from_iptables);
  harness::settle(from_iptables);
  return 0;
}
