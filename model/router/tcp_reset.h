// SPDX-License-Identifier: GPL-2.0-or-later
// What a closed TCP port of the box answers. Source: net/ipv4/tcp_ipv4.c (tcp_v4_send_reset),
// net/ipv6/tcp_ipv6.c (tcp_v6_send_reset).
#pragma once

#include "model/wire/address.h"
#include "model/wire/tcp.h"

namespace natstep::model {

class Step;

/// RFC 9293 section 3.10.7.1: the reset that answers a segment.
wire::TcpHeader reset_for(const wire::TcpView& tcp);

/// Whether a reset may answer the segment: the kernel looks among its options for a signature
/// first, and keeps silent where it cannot read them, or has no key to sign the answer with.
bool reset_may_answer(Step& step, const wire::TcpView& tcp, wire::AddressFamily family);

}  // namespace natstep::model
