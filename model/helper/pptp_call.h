// SPDX-License-Identifier: GPL-2.0-or-later
// The calls of PPTP: the tunnel that a control connection announces. Source: nf_conntrack_pptp.c
// exp_gre, pptp_expectfn; nf_nat_pptp.c pptp_exp_gre, pptp_nat_expected.
#pragma once

#include "model/conntrack/expectation.h"

#include <cstdint>

namespace natstep::model {

struct Conn;
class Step;

/// The ids as the message has them that says that the call stands: of the PAC and of the PNS.
struct CallIds {
  std::uint16_t pac = 0;
  std::uint16_t pns = 0;
};

/// exp_gre: from now on either side may begin the tunnel.
void expect_call(Step& step, Conn& master, CallIds ids);

/// pptp_expectfn: the first packet of the tunnel has come.
void begin_call(Step& step, Conn& conn, const Expectation& expectation);

}  // namespace natstep::model
