// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 5382, BCP 142: TCP. Section 8 numbers the requirements.
#include "harness/rfc/common_rules.h"
#include "harness/rfc/requirement.h"

namespace natstep::harness {
namespace {

std::vector<Requirement> connections() {
  return {
      {.id = "REQ-1",
       .asks = "A client's TCP port keeps one mapping, whichever server it talks to.",
       .scenarios = {"tcp_mapping_depends_on_the_server_after_a_clash"},
       .rule = address_of_ones_own,
       .configured = {"tcp_address_of_ones_own_keeps_every_mapping"}},
      {.id = "REQ-2",
       .asks = "Every valid sequence of segments passes, whoever began.",
       .scenarios = {"handshake_through_masquerade", "handshake_through_dnat",
                     "client_closes_first", "server_closes_first", "simultaneous_close",
                     "close_in_three_segments", "half_closed_connection_goes_on",
                     "sequence_numbers_wrap_around", "time_wait_is_reopened_by_a_syn"}},
      {.id = "REQ-2a",
       .asks = "Both ends may open the connection at the same time.",
       .scenarios = {"simultaneous_open_with_syn_acks", "simultaneous_open_completed_by_the_server",
                     "simultaneous_open_answered_by_the_server_first"}},
      {.id = "REQ-3",
       .level = Level::should,
       .asks = "Who may come in depends on nothing, or on the address alone, but not on the port.",
       .scenarios = {"tcp_stranger_needs_the_address_and_the_port"},
       .rule = address_of_ones_own,
       .configured = {"tcp_address_of_ones_own_is_open_to_everybody"}},
      {.id = "REQ-3a",
       .level = Level::may,
       .asks = "The filtering may be the administrator's choice.",
       .scenarios = {"tcp_address_of_ones_own_is_open_to_everybody"}},
      {.id = "REQ-3b",
       .level = Level::may,
       .asks = "TCP may be filtered in another way than UDP.",
       .treatment = Treatment::too_trivial,
       .why = "a permission; every rule can speak of one protocol"},
      {.id = "REQ-4",
       .asks =
           "A SYN that nobody asked for is not answered for six seconds, in case that the client "
           "calls meanwhile.",
       .scenarios = {"unsolicited_syn_is_refused_at_once"},
       .rule = "a filter rule at INPUT that drops what comes from outside unasked",
       .configured = {"unsolicited_syn_is_dropped_by_a_rule"}},
      {.id = "REQ-4a",
       .asks = "Where a policy forbids the answer the SYN is dropped in silence.",
       .scenarios = {"unsolicited_syn_is_dropped_by_a_rule"}},
  };
}

std::vector<Requirement> sessions() {
  return {
      {.id = "REQ-5",
       .asks =
           "An idle connection is kept for two hours and four minutes when established, for four "
           "minutes otherwise.",
       .scenarios = {"transitory_connections_are_forgotten_early",
                     "connection_waits_five_minutes_for_an_acknowledgement"},
       .rule = "sysctls net.netfilter.nf_conntrack_tcp_timeout_* = 240, and _unacknowledged = 7440",
       .configured = {"transitory_connections_can_be_remembered",
                      "connection_can_wait_two_hours_for_an_acknowledgement"}},
      {.id = "REQ-5a",
       .level = Level::may,
       .asks = "The timeouts may be configurable.",
       .scenarios = {"opening_timeouts_can_be_set", "closing_timeouts_can_be_set",
                     "unacknowledged_timeout_can_be_set"}},
      {.id = "REQ-6",
       .level = Level::should,
       .asks = "Helpers for protocols over TCP, but for FTP's, are off until somebody wants them.",
       .scenarios = {"irc_is_left_alone_unless_asked", "helper_does_not_come_by_port"}},
      {.id = "REQ-7",
       .asks = "No external TCP port stands for two clients' ports at a time.",
       .why = "RFC 7857 section 3 allows it where the far ends differ",
       .scenarios = {"tcp_one_external_port_stands_for_two_clients"},
       .rule = address_of_ones_own,
       .configured = {"tcp_address_of_ones_own_keeps_every_mapping"}},
      {.id = "REQ-8",
       .asks = "A client reaches its neighbour by the neighbour's external address and port.",
       .scenarios = {"tcp_neighbours_mapping_is_closed_from_inside"},
       .rule = "a `dnat` rule for the neighbour's external port that holds inside as well, and "
               "`snat` for what goes from inside to inside",
       .configured = {"server_calls_itself_by_its_public_name",
                      "tcp_neighbour_of_ones_own_address_is_reached_from_inside"}},
      {.id = "REQ-8a",
       .asks = "The neighbour then sees the caller's external address and port.",
       .scenarios = {"server_calls_itself_by_its_public_name",
                     "tcp_neighbour_of_ones_own_address_is_reached_from_inside"}},
      {.id = "REQ-9",
       .level = Level::should,
       .asks = "Destination unreachable is translated.",
       .scenarios = {"snat_tcp_lost_at_a_hop", "icmp_errors_do_not_end_a_connection"}},
      {.id = "REQ-10",
       .asks = "No ICMP message ends a mapping or a connection.",
       .scenarios = {"icmp_errors_do_not_end_a_connection", "error_about_a_syn_changes_no_state"}},
  };
}

}  // namespace

Rfc rfc5382() {
  Rfc rfc{.number = 5382,
          .title = "NAT Behavioral Requirements for TCP",
          .requirements = connections()};
  const auto more = sessions();
  rfc.requirements.insert(rfc.requirements.end(), more.begin(), more.end());
  return rfc;
}

}  // namespace natstep::harness
