// SPDX-License-Identifier: GPL-2.0-or-later
// What nft and iptables rules have in common: names for numbers, and values in the model's form.
#pragma once

#include "model/rules/ruleset.h"
#include "model/topology.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// An IP protocol by name (IANA's, as in /etc/protocols) or number.
std::optional<std::uint8_t> protocol_number(std::string_view word);
/// A port by number or by the name that the system's services database gives it.
std::optional<std::uint16_t> service_port(std::string_view word);
/// An unsigned number, decimal or with 0x; all of `word`.
std::optional<std::uint32_t> number(std::string_view word);

model::ValueRange single(const model::Value& value);
model::ValueRange single(std::uint64_t value);
model::ValueRange between(std::uint64_t low, std::uint64_t high);
/// The addresses of a prefix, first to last.
model::ValueRange addresses_of(const wire::Prefix& prefix);
/// The first and the last address of a prefix.
struct AddressSpan {
  wire::Address first;
  wire::Address last;
};
AddressSpan span_of(const wire::Prefix& prefix);

/// The ports that an interface name stands for; a name that ends with `wildcard` stands for all
/// that begin like it. A name that is no port of the topology stands for none, so that it never
/// matches, not even a packet without interface.
std::vector<model::ValueRange> ports_named(const model::Topology& topology, std::string_view name,
                                           char wildcard);

/// The number after the largest Chain::registered in `rules`.
std::uint32_t next_registration(const model::Ruleset& rules);

}  // namespace natstep::harness
