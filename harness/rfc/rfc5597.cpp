// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 5597, BCP 150: DCCP. Kernels have had no tracker for it since 6.17: a connection is then a
// pair of addresses. Of each pair of scenarios one is for them, and one for those with a tracker.
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
           .scenarios = {"second_dccp_client_of_a_server_is_lost",
                         "dccp_mapping_depends_on_the_server_after_a_clash"}},
          {.id = "REQ-2",
           .asks = "Every valid sequence of DCCP packets passes, whoever began.",
           .scenarios = {"dccp_through_masquerade", "dccp_request_is_not_summed_anew",
                         "connection_through_masquerade", "forwarded_dccp_port",
                         "dccp_repeated_close_of_a_client_is_invalid",
                         "dccp_short_acknowledgement_needs_room_for_a_long_one"}},
          {.id = "REQ-3",
           .level = Level::should,
           .asks = "Who may come in depends on nothing, or on the address alone.",
           .why = "without a tracker by addresses, for want of ports",
           .scenarios = {"dccp_through_masquerade",
                         "dccp_stranger_needs_the_address_and_the_port"}},
          {.id = "REQ-4",
           .asks = "What nobody asked for is not refused for six seconds.",
           .treatment = Treatment::not_observable,
           .why = "the box's own answer (protocol unreachable) is that of any unknown protocol"},
          {.id = "REQ-5",
           .asks = "An idle connection is kept for 124 minutes when open, for 4 while it closes.",
           .why = no_states,
           .scenarios = {"dccp_closing_connection_is_kept_for_a_minute"}},
          {.id = "REQ-6",
           .asks = "No helper changes what DCCP carries.",
           .treatment = Treatment::too_trivial,
           .why = "no helper of Linux is for DCCP"},
          {.id = "REQ-7",
           .asks = "No external DCCP port stands for two clients' ports at a time.",
           .why = no_ports,
           .scenarios = {"dccp_external_port_stands_for_two_clients"}},
          {.id = "REQ-8",
           .asks = "A client reaches its neighbour by the neighbour's external port.",
           .why = no_ports,
           .scenarios = {"dccp_neighbours_mapping_is_closed_from_inside"}},
          {.id = "REQ-9",
           .level = Level::should,
           .asks = "Destination unreachable is translated.",
           .scenarios = {"quoted_dccp", "quoted_packet_comes_back_as_it_was_sent"}},
          {.id = "REQ-10",
           .asks = "No ICMP message ends a mapping.",
           .scenarios = {"quoted_dccp", "quoted_packet_comes_back_as_it_was_sent"}},
          {.id = "REQ-11",
           .asks = "A valid checksum is valid behind the translation.",
           .scenarios = {"dccp_request_is_not_summed_anew", "connection_through_masquerade"}},
          {.id = "REQ-12",
           .asks = "The checksum coverage is left as it is.",
           .scenarios = {"dccp_through_masquerade", "coverage_is_left_as_it_is"}},
          {.id = "REQ-13",
           .asks = "The service code is left as it is.",
           .scenarios = {"dccp_request_is_not_summed_anew", "connection_through_masquerade"}},
      }};
}

}  // namespace natstep::harness
