// SPDX-License-Identifier: GPL-2.0-or-later
// A rule that drops a packet and tells its sender. Source: net/ipv4/netfilter/nf_reject_ipv4.c,
// net/ipv6/netfilter/nf_reject_ipv6.c.
#pragma once

#include "model/hook.h"
#include "model/rules/ruleset.h"

#include <cstdint>

namespace natstep::model {

struct Conn;
struct Packet;
class Step;

/// Tells the sender of `packet`, where an answer is allowed. The packet itself is the caller's to
/// drop.
void reject(Step& step, const Packet& packet, Hook hook, const RejectStatement& statement);
/// The same for IPv6.
void reject_ipv6(Step& step, const Packet& packet, Hook hook, const RejectStatement& statement);

/// nf_reject_verify_csum: a protocol whose checksum is optional, covers less than everything, or is
/// none of RFC 1071.
bool checks_itself_otherwise(const Step& step, std::uint8_t number);

/// skb_csum_unnecessary: whether an error tells of the packet without summing it up.
bool needs_no_sum(Step& step, const Packet& packet);
/// nf_ip_checksum, for a reset: what is forwarded is summed up again (skb_forward_csum), what is
/// delivered is not.
bool reset_needs_no_sum(Step& step, const Packet& packet, Hook hook);

/// nf_ct_set_closing: a reset that a rule sends ends the connection.
void set_closing(Step& step, Conn& conn);

}  // namespace natstep::model
