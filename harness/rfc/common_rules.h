// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that make the kernel conform to several requirements at once.
#pragma once

#include <string_view>

namespace natstep::harness {

inline constexpr std::string_view address_of_ones_own =
    "a public address for every client: `iptables -t nat -A POSTROUTING -s 10.0.1.0/24 -j NETMAP "
    "--to 192.0.2.0/24` and its inverse at PREROUTING";

}  // namespace natstep::harness
