// SPDX-License-Identifier: GPL-2.0-or-later
// The names that nft uses: of fields, and of values. Sources: nftables' datatypes, as nft(8) and
// `nft describe` list them.
#pragma once

#include "model/rules/ruleset.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace natstep::harness {

/// What a field's values are called.
enum class NftType : std::uint8_t {
  number,
  address,
  interface,
  protocol,
  service,
  nfproto,
  ethertype,
  dscp,
  tcp_flag,
  icmp_type,
  icmp_code,
  icmpv6_type,
  icmpv6_code,
  ct_state,
  ct_status,
  ct_direction,
  ct_label,
  ct_helper,
  packet_type,
  address_type,
};

/// A field that the model can read. Some suppose a protocol that the model's field does not suppose
/// by itself.
struct NftField {
  std::string_view name;  // "ip saddr", "iifname", "ct original proto-src"
  model::Field field{};
  NftType type = NftType::number;
  std::optional<std::uint8_t> l4proto{};  // also demanded: meta l4proto
};

std::optional<NftField> find_nft_field(std::string_view name);

/// The number behind a symbolic value.
std::optional<std::uint64_t> nft_value(NftType type, std::string_view word);

}  // namespace natstep::harness
