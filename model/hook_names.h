// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel calls the functions that stand at the hooks. The names changed over the years;
// books describe the old ones. Sources: net/netfilter/nf_conntrack_proto.c,
// net/netfilter/nf_nat_proto.c; until 3.x
// net/ipv4/netfilter/{nf_conntrack_l3proto_ipv4,iptable_nat}.c.
#pragma once

#include "model/hook.h"
#include "model/profile.h"
#include "model/walk.h"
#include "model/wire/address.h"

#include <string_view>

namespace natstep::model {

/// The kernel's name for what `actor` registers at `hook`; empty when it registers nothing there,
/// or when the actor has no function of its own (rules, taps, routing).
std::string_view hook_function_name(const Profile& profile, Actor actor, Hook hook,
                                    wire::AddressFamily family = wire::AddressFamily::ipv4);

/// The kernel's name for what NAT rewrites `field` with (a field as wire::dissect names it, such as
/// "udp.checksum" or "icmp.embedded.ipv4.dst"). Old kernels went through tables of functions.
std::string_view manip_function_name(const Profile& profile, std::string_view field);

}  // namespace natstep::model
