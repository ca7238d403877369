// SPDX-License-Identifier: GPL-2.0-or-later
// The five hooks, the priorities at which the kernel's own functions stand, and their verdicts.
// Sources: include/uapi/linux/netfilter.h, include/uapi/linux/netfilter_ipv4.h.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace natstep::model {

enum class Hook : std::uint8_t { pre_routing, local_in, forward, local_out, post_routing };
inline constexpr std::size_t hook_count = 5;

/// NF_IP_PRI_*: lower runs first. Any other number is a legal priority for a rule set's chain.
namespace priority {
inline constexpr std::int32_t conntrack_defrag = -400;
inline constexpr std::int32_t raw = -300;
inline constexpr std::int32_t conntrack = -200;
inline constexpr std::int32_t mangle = -150;
inline constexpr std::int32_t nat_dst = -100;
inline constexpr std::int32_t filter = 0;
inline constexpr std::int32_t security = 50;
inline constexpr std::int32_t nat_src = 100;
inline constexpr std::int32_t conntrack_helper = 300;  // until 3.x kernels; now inside confirm
inline constexpr std::int32_t conntrack_confirm = std::numeric_limits<std::int32_t>::max();
}  // namespace priority

/// NF_*: what a hook function says about a packet.
enum class Verdict : std::uint8_t { accept, drop, stolen, queue, repeat };

std::string_view to_string(Hook hook);  // "pre_routing" ...
std::string_view to_string(Verdict verdict);

}  // namespace natstep::model
