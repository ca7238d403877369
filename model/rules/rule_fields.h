// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what a match looks at, from the packet as it is now and from its entry.
// Sources: net/netfilter/{nft_payload,nft_meta,nft_ct}.c.
#pragma once

#include "model/rules/ruleset.h"
#include "model/rules/transport_fields.h"

#include <cstdint>
#include <optional>

namespace natstep::model {

struct Packet;

/// The field as a number (an IPv4 address in host order); nothing when the packet has no such
/// field, or no entry to ask.
std::optional<Value> read_field(const Packet& packet, Field field, LooksBehind looks_behind);

struct ConnTemplate;
/// What kernels that take a template for an entry read there: nothing but its zone is set.
std::optional<Value> read_template(const ConnTemplate& wanted, Field field);

struct Conn;
/// Field::ct_helper or Field::xt_helper, by the helper of the entry; there may be none of either.
std::optional<Value> read_helper(const Conn* of, Field field);

class Fib;
/// What kind of address it is to the box: one of address_type (inet_dev_addr_type).
std::uint64_t address_type_of(const Fib& fib, std::uint32_t address);

}  // namespace natstep::model
