// SPDX-License-Identifier: GPL-2.0-or-later
// Which address of a range a flow gets. The kernel spreads flows by an unkeyed hash, so the model
// computes it. Source: net/netfilter/nf_nat_core.c, find_best_ips_proto; include/linux/jhash.h,
// jhash2.
#pragma once

#include "model/conntrack/tuple.h"
#include "model/rules/ruleset.h"
#include "model/wire/address.h"

#include <array>
#include <cstdint>

namespace natstep::model {

/// Whether the destination takes part in the hash: it does not in a `persistent` range.
enum class HashOver : std::uint8_t { source_and_destination, source_only };

/// jhash2 over four words, in the byte order of the machine (little endian: the kernels that
/// natstep runs on).
std::uint32_t jhash2(const std::array<std::uint32_t, 4>& words, std::uint32_t initval);

/// The address of [min_address, max_address] for a flow that looks like `base` before this manip.
/// Of IPv6 addresses each word is chosen by itself; a range that ends within a word is not kept to
/// (find_best_ips_proto).
wire::Address choose_address(const Tuple& base, ManipType type, const NatRange& range,
                             std::uint16_t zone, HashOver over);

}  // namespace natstep::model
