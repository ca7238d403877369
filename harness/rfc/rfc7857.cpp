// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 7857, BCP 127: what later experience changed in RFC 4787, 5382 and 5508. It numbers sections
// only.
#include "harness/rfc/requirement.h"

namespace natstep::harness {
namespace {

std::vector<Requirement> sessions_and_mappings() {
  return {

      {.id = "section 2",
       .level = Level::should,
       .asks = "A TCP session is followed from its SYN to its end, with states for both.",
       .scenarios = {"handshake_through_masquerade", "client_closes_first", "server_closes_first",
                     "client_aborts"}},
      {.id = "section 2.1a",
       .level = Level::should,
       .asks = "Timeouts of connections that open and that close are set apart.",
       .scenarios = {"opening_timeouts_can_be_set", "closing_timeouts_can_be_set"}},
      {.id = "section 2.1b",
       .level = Level::should,
       .asks = "Unless somebody sets it, a transitory connection is kept for four minutes.",
       .scenarios = {"transitory_connections_are_forgotten_early"},
       .rule = "sysctls net.netfilter.nf_conntrack_tcp_timeout_* = 240",
       .configured = {"transitory_connections_can_be_remembered"}},
      {.id = "section 2.2a",
       .asks = "A reset of a known connection is translated.",
       .scenarios = {"client_aborts", "exact_reset_closes"}},
      {.id = "section 2.2b",
       .level = Level::should,
       .asks = "A reset connection is kept for four minutes more.",
       .scenarios = {"reset_connection_is_forgotten_in_ten_seconds"},
       .rule = "sysctl net.netfilter.nf_conntrack_tcp_timeout_close = 240",
       .configured = {"reset_connection_can_be_remembered"}},
      {.id = "section 3",
       .level = Level::may,
       .asks = "Clients that talk to different servers may share an external port.",
       .scenarios = {"same_port_to_two_servers_is_shared"}},
      {.id = "section 4",
       .level = Level::should,
       .asks = "A client has the same public address for every protocol and server.",
       .scenarios = {"client_shows_two_addresses_of_a_range"},
       .rule = "the word `persistent` behind the range",
       .configured = {"persistent_client_shows_one_address_by_any_protocol"}},
      {.id = "section 5",
       .level = Level::should,
       .asks = "Mappings of one protocol are apart from those of another.",
       .scenarios = {"tcp_and_udp_do_not_clash", "udp_mapping_is_no_door_for_tcp"}},
      {.id = "section 6",
       .level = Level::should,
       .asks = "What one protocol has let in is not let in by another.",
       .scenarios = {"udp_mapping_is_no_door_for_tcp"}},
  };
}

std::vector<Requirement> refreshing_and_numbering() {
  return {
      {.id = "section 7",
       .level = Level::should,
       .asks = "Where everybody may come in, what strangers send keeps no mapping alive.",
       .treatment = Treatment::does_not_apply,
       .why = "a mapping that is a state lets nobody else in, and one that is a rule needs no "
              "keeping alive"},
      {.id = "section 7.1",
       .level = Level::should,
       .asks = "Errors and resets that a client sends in answer keep no mapping alive.",
       .scenarios = {"outbound_errors_do_not_keep_a_mapping_alive", "client_aborts"}},
      {.id = "section 8",
       .level = Level::should,
       .asks = "Parity of ports may be given up, but can be asked for.",
       .treatment = Treatment::does_not_apply,
       .why = "asked for by PCP, which is a program's and not the kernel's"},
      {.id = "section 9",
       .level = Level::should,
       .asks = "External ports are hard to guess.",
       .scenarios = {"clients_port_shows_outside"},
       .rule = "`masquerade random` or `fully-random`",
       .configured = {"random_draws_even_a_free_port", "random_fully_does_not_reuse"}},
      {.id = "section 10",
       .level = Level::should,
       .asks = "What may be fragmented gets an identification that is unique outside.",
       .scenarios = {"two_clients_have_one_identification_outside"}},
      {.id = "section 11",
       .level = Level::may,
       .asks = "A query's mapping may end with its last session.",
       .treatment = Treatment::too_trivial,
       .why = "in Linux a mapping is its session"},
      {.id = "section 12",
       .asks = "Whole addresses can be reached from inside by their public names.",
       .scenarios = {"ping_of_a_neighbours_public_address",
                     "neighbour_of_ones_own_address_is_reached_from_inside"}},
  };
}

}  // namespace

Rfc rfc7857() {
  Rfc rfc{.number = 7857,
          .title = "Updates to NAT Behavioral Requirements",
          .requirements = sessions_and_mappings()};
  const auto more = refreshing_and_numbering();
  rfc.requirements.insert(rfc.requirements.end(), more.begin(), more.end());
  return rfc;
}

}  // namespace natstep::harness
