// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 5508, BCP 148: ICMP. Section 9 numbers the requirements.
#include "harness/rfc/common_rules.h"
#include "harness/rfc/requirement.h"

namespace natstep::harness {
namespace {

constexpr std::string_view drop_invalid = "`ct state invalid drop` in a filter chain at FORWARD";

std::vector<Requirement> queries() {
  return {
      {.id = "REQ-1",
       .asks = "Queries from inside pass, and so do their answers.",
       .scenarios = {"ping_comes_back", "ping_through_masquerade",
                     "timestamp_is_a_query_of_its_own"}},
      {.id = "REQ-1a",
       .level = Level::should,
       .asks = "An identifier keeps one mapping, whichever host is asked.",
       .scenarios = {"query_identifier_moves_for_one_server_only"},
       .rule = address_of_ones_own,
       .configured = {"pings_from_ones_own_address_keep_their_identifier"}},
      {.id = "REQ-2",
       .asks = "A query is remembered for 60 s at least.",
       .scenarios = {"query_mapping_lives_half_a_minute"},
       .rule = "sysctl net.netfilter.nf_conntrack_icmp_timeout = 60",
       .configured = {"query_mapping_can_live_a_minute"}},
      {.id = "REQ-2a",
       .level = Level::should,
       .asks = "That time is configurable.",
       .scenarios = {"query_mapping_can_live_a_minute"}},
  };
}

std::vector<Requirement> errors_that_are_damaged() {
  return {
      {.id = "REQ-3",
       .level = Level::should,
       .asks = "An error whose ICMP checksum is wrong is dropped in silence.",
       .scenarios = {"damaged_error_leaves_untranslated"},
       .broken_by = {"invalid_packet_passes_nat"},
       .rule = drop_invalid,
       .configured = {"damaged_error_is_dropped_with_the_invalid", "bad_checksum_is_invalid"}},
      {.id = "REQ-3a",
       .level = Level::should,
       .asks = "So is an error that quotes an IP header whose checksum is wrong.",
       .scenarios = {"quote_with_a_wrong_header_sum_is_believed"},
       .broken_by = {"icmp_quoted_header_is_not_verified"}},
      {.id = "REQ-3b",
       .asks = "IP options in the quoted header are stepped over.",
       .scenarios = {"quoted_options_are_stepped_over"}},
      {.id = "REQ-3c",
       .level = Level::should,
       .asks = "The quoted transport checksum is not verified.",
       .scenarios = {"quoted_checksum_that_was_wrong_stays_wrong"}},
      {.id = "REQ-3d",
       .asks = "Padding and ICMP extensions behind the quote have no part in its checksum.",
       .scenarios = {"padding_behind_the_quote_is_kept",
                     "padding_behind_eight_tcp_bytes_is_written_into"}},
  };
}

std::vector<Requirement> errors_that_are_translated() {
  return {
      {.id = "REQ-4",
       .level = Level::should,
       .asks = "An error from outside about no mapping is dropped in silence.",
       .scenarios = {"error_about_nothing_from_outside_ends_at_the_box"}},
      {.id = "REQ-4a",
       .asks = "Of any other the quoted headers become those that the client sent.",
       .scenarios = {"snat_udp_refused_by_the_peer", "snat_tcp_lost_at_a_hop",
                     "snat_ping_expires_at_a_hop"}},
      {.id = "REQ-4b",
       .asks = "Its type and code stay as they are.",
       .scenarios = {"unknown_code_is_translated", "parameter_problem_keeps_its_pointer"}},
      {.id = "REQ-4c",
       .asks = "It goes to the client that the quote names.",
       .scenarios = {"snat_udp_refused_by_the_peer", "both_server_refuses_the_client"}},
      {.id = "REQ-5",
       .level = Level::should,
       .asks = "An error from inside about no mapping is dropped in silence.",
       .scenarios = {"error_about_nothing_leaks_from_inside"},
       .broken_by = {"invalid_packet_passes_nat"},
       .rule = drop_invalid,
       .configured = {"error_about_nothing_is_dropped_with_the_invalid"}},
      {.id = "REQ-5a",
       .asks = "Of any other the quoted headers become those that came from outside.",
       .scenarios = {"dnat_server_refuses_the_client", "snat_client_refuses_the_reply"}},
      {.id = "REQ-5b",
       .asks = "Its type and code stay as they are.",
       .scenarios = {"dnat_server_refuses_the_client", "dnat_hop_behind_the_gateway_is_hidden"}},
      {.id = "REQ-5c",
       .asks = "Its source becomes the mapping's public address, or the NAT's own.",
       .scenarios = {"dnat_server_refuses_the_client", "dnat_hop_behind_the_gateway_is_hidden",
                     "snat_router_inside_loses_the_tcp_reply"}},
      {.id = "REQ-6",
       .asks = "An error about a query neither ends its mapping nor keeps it alive.",
       .scenarios = {"error_does_not_touch_the_timer_of_a_query",
                     "errors_do_not_count_for_the_flow"}},
  };
}

std::vector<Requirement> hairpins_and_the_box_itself() {
  return {
      {.id = "REQ-7",
       .asks = "Errors about hairpinned packets find the caller; with a public address for every "
               "client, queries do as well.",
       .scenarios = {"error_about_a_hairpinned_packet_finds_the_caller",
                     "ping_of_a_neighbours_public_address"}},
      {.id = "REQ-7a",
       .asks = "Such an error goes to whom the translated quote names as its sender.",
       .scenarios = {"error_about_a_hairpinned_packet_finds_the_caller"}},
      {.id = "REQ-8",
       .level = Level::should,
       .asks = "Who gets no mapping is told so: unreachable, administratively prohibited.",
       .scenarios = {"client_without_a_port_is_told_nothing"}},
      {.id = "REQ-9",
       .level = Level::may,
       .asks = "A policy may keep ICMP away from some interfaces.",
       .treatment = Treatment::too_trivial,
       .why = "a permission; filter rules do it"},
      {.id = "REQ-10a",
       .asks = "Destination unreachable, time exceeded and echo work.",
       .scenarios = {"no_route_to_the_network", "ttl_of_one_ends_here", "ping_to_the_box",
                     "ttl_expires_before_the_source_is_hidden"}},
      {.id = "REQ-10b",
       .level = Level::may,
       .asks = "Redirects, timestamps, address masks, parameter problems, source routes and router "
               "advertisements may work.",
       .scenarios = {"timestamp_is_a_query_of_its_own", "address_mask_request_is_translated",
                     "parameter_problem_keeps_its_pointer", "redirect_about_a_plain_flow_passes"}},
      {.id = "REQ-10c",
       .level = Level::should,
       .asks = "Source quench and information requests do not.",
       .scenarios = {"source_quench_is_translated_still",
                     "information_request_is_translated_still"},
       .rule = "`icmp type { source-quench, info-request, info-reply } drop` at FORWARD",
       .configured = {"obsolete_icmp_is_dropped_by_a_rule"}},
      {.id = "REQ-10d",
       .level = Level::should,
       .asks = "The box's own errors have the diffserv class of what caused them.",
       .scenarios = {"error_has_control_precedence"}},
      {.id = "REQ-10e",
       .level = Level::should,
       .asks = "No errors about errors, broadcasts and later fragments.",
       .scenarios = {"no_error_about_an_error", "no_error_about_a_broadcast",
                     "no_error_about_a_later_fragment"}},
      {.id = "REQ-10f",
       .level = Level::should,
       .asks = "The box's own errors are limited in number.",
       .treatment = Treatment::not_observable,
       .why = "the limit is a matter of milliseconds, which a scenario does not count"},
      {.id = "REQ-11",
       .level = Level::may,
       .asks = "What is neither query nor error may be dropped or handled.",
       .treatment = Treatment::too_trivial,
       .why = "both are permitted"},
  };
}

}  // namespace

Rfc rfc5508() {
  Rfc rfc{
      .number = 5508, .title = "NAT Behavioral Requirements for ICMP", .requirements = queries()};
  for (const auto& more :
       {errors_that_are_damaged(), errors_that_are_translated(), hairpins_and_the_box_itself()})
    rfc.requirements.insert(rfc.requirements.end(), more.begin(), more.end());
  return rfc;
}

}  // namespace natstep::harness
