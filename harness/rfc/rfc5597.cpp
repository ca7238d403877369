// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 5597, BCP 150: DCCP. Kernels have had no tracker for it since 6.17: a connection is then a
// pair of addresses.
#include "harness/rfc/requirement.h"

namespace natstep::harness {

Rfc rfc5597() {
  constexpr std::string_view no_ports =
      "a kernel without a tracker sees no ports, so there is nothing that could be asked of them";
  constexpr std::string_view no_states =
      "a kernel without a tracker sees no states, and one timeout holds for all";
  return {
      .number = 5597,
      .title = "NAT Behavioral Requirements for DCCP",
      .requirements = {
          {.id = "REQ-1",
           .asks = "A client's DCCP port keeps one mapping, whichever server it talks to.",
           .scenarios = {"second_dccp_client_of_a_server_is_lost"}},
          {.id = "REQ-2",
           .asks = "Every valid sequence of DCCP packets passes, whoever began.",
           .scenarios = {"dccp_through_masquerade", "dccp_request_is_not_summed_anew"}},
          {.id = "REQ-3",
           .level = Level::should,
           .asks = "Who may come in depends on nothing, or on the address alone.",
           .why = "by addresses, for want of ports",
           .scenarios = {"dccp_through_masquerade"}},
          {.id = "REQ-4",
           .asks = "What nobody asked for is not refused for six seconds.",
           .treatment = Treatment::not_observable,
           .why = "the box's own answer (protocol unreachable) is that of any unknown protocol"},
          {.id = "REQ-5",
           .asks = "An idle connection is kept for 124 minutes when open, for 4 while it closes.",
           .treatment = Treatment::does_not_apply,
           .why = no_states},
          {.id = "REQ-6",
           .asks = "No helper changes what DCCP carries.",
           .treatment = Treatment::too_trivial,
           .why = "no helper of Linux is for DCCP"},
          {.id = "REQ-7",
           .asks = "No external DCCP port stands for two clients' ports at a time.",
           .treatment = Treatment::does_not_apply,
           .why = no_ports},
          {.id = "REQ-8",
           .asks = "A client reaches its neighbour by the neighbour's external port.",
           .treatment = Treatment::does_not_apply,
           .why = no_ports},
          {.id = "REQ-9",
           .level = Level::should,
           .asks = "Destination unreachable is translated.",
           .scenarios = {"quoted_dccp"}},
          {.id = "REQ-10", .asks = "No ICMP message ends a mapping.", .scenarios = {"quoted_dccp"}},
          {.id = "REQ-11",
           .asks = "A valid checksum is valid behind the translation.",
           .scenarios = {"dccp_request_is_not_summed_anew"}},
          {.id = "REQ-12",
           .asks = "The checksum coverage is left as it is.",
           .scenarios = {"dccp_through_masquerade"}},
          {.id = "REQ-13",
           .asks = "The service code is left as it is.",
           .scenarios = {"dccp_request_is_not_summed_anew"}},
      }};
}

}  // namespace natstep::harness
