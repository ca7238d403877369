// SPDX-License-Identifier: GPL-2.0-or-later
// The values of iptables' options: each reader gives nothing for what it cannot read.
#pragma once

#include "model/rules/ruleset.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// The parts between separators; "a,,b" has an empty one.
std::vector<std::string_view> split(std::string_view text, char separator);

/// "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1": a range, or a value under a mask with holes.
struct AddressMatch {
  model::ValueRange range;
  std::optional<model::Value> mask{};
};
std::optional<AddressMatch> read_iptables_address(std::string_view text);

/// "80", "80:90", ":90", "80:", "http".
std::optional<model::ValueRange> read_port_span(std::string_view text, char separator);
/// "80,443,1000:2000".
std::optional<std::vector<model::ValueRange>> read_port_list(std::string_view text);
/// "10.0.0.1-10.0.0.9".
std::optional<model::ValueRange> read_address_span(std::string_view text);

/// "0x10/0xff"; without a mask all bits count.
struct MaskedNumber {
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
};
std::optional<MaskedNumber> read_masked(std::string_view text);

/// "SYN,ACK", "ALL", "NONE".
std::optional<std::uint8_t> read_tcp_flags(std::string_view text);

/// "echo-request", "3", "3/1", "any" (no type).
struct IcmpType {
  std::optional<std::uint8_t> type{};
  std::optional<std::uint8_t> code{};
};
enum class IcmpVersion : std::uint8_t { v4, v6 };
std::optional<IcmpType> read_icmp_type(std::string_view text, IcmpVersion version);

/// "NEW,ESTABLISHED": bits of ct_state; SNAT and DNAT are bits of ct_status.
struct CtStates {
  std::uint32_t state = 0;
  std::uint32_t status = 0;
};
std::optional<CtStates> read_ct_states(std::string_view text);
/// "ASSURED,SEEN_REPLY": bits of ct_status.
std::optional<std::uint32_t> read_ct_status(std::string_view text);

/// "[a[-b]][:p[-q][/base]]", of DNAT and SNAT; before ports IPv6 addresses stand in brackets.
bool read_nat_target(std::string_view text, model::NatRange& range);
/// "p[-q]", of REDIRECT and MASQUERADE.
bool read_nat_ports(std::string_view text, model::NatRange& range);
/// "10.5.0.0/16", of NETMAP.
bool read_netmap(std::string_view text, model::NatRange& range);

}  // namespace natstep::harness
