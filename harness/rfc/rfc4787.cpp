// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 4787, BCP 127: UDP. Section 12 numbers the requirements.
#include "harness/rfc/common_rules.h"
#include "harness/rfc/requirement.h"

namespace natstep::harness {
namespace {

std::vector<Requirement> mapping() {
  return {
      {.id = "REQ-1",
       .asks = "A client's port keeps one mapping, whichever server it talks to.",
       .scenarios = {"mapping_depends_on_the_server_after_a_clash",
                     "client_opens_second_flow_from_same_port",
                     "moved_port_is_reused_for_other_server"},
       .rule = address_of_ones_own,
       .configured = {"address_of_ones_own_keeps_every_mapping"}},
      {.id = "REQ-2",
       .level = Level::should,
       .asks = "Of several public addresses a client always has the same one.",
       .scenarios = {"client_shows_two_addresses_of_a_range"},
       .rule = "the word `persistent` behind the range",
       .configured = {"persistent_range_gives_one_address",
                      "persistent_client_shows_one_address_by_any_protocol"}},
  };
}

std::vector<Requirement> ports() {
  return {
      {.id = "REQ-3",
       .asks = "No external port stands for two clients' ports at a time.",
       .why = "RFC 7857 section 3 allows it where the far ends differ",
       .scenarios = {"one_external_port_stands_for_two_clients"},
       .rule = address_of_ones_own,
       .configured = {"address_of_ones_own_keeps_every_mapping"}},
      {.id = "REQ-3a",
       .level = Level::should,
       .asks = "A port below 1024 is mapped below 1024, one from 1024 on to one from 1024 on.",
       .scenarios = {"port_511_moves_below_512", "port_512_moves_to_600_and_above",
                     "port_1023_stays_below_1024", "port_1024_stays_above_1023"}},
      {.id = "REQ-4",
       .level = Level::should,
       .asks = "An odd port is mapped to an odd one, an even port to an even one.",
       .why = "RFC 7857 section 8 lets a NAT give this up",
       .scenarios = {"moved_port_forgets_its_parity"},
       .rule = address_of_ones_own,
       .configured = {"address_of_ones_own_keeps_every_mapping"}},
  };
}

std::vector<Requirement> timers() {
  return {
      {.id = "REQ-5",
       .asks = "A UDP mapping lives for two minutes at least.",
       .scenarios = {"unanswered_mapping_lives_half_a_minute", "quick_answer_makes_no_stream",
                     "lasting_exchange_is_a_stream"},
       .broken_by = {"udp_young_flow_is_no_stream"},
       .rule = "sysctl net.netfilter.nf_conntrack_udp_timeout = 300",
       .configured = {"timeout_can_be_set"}},
      {.id = "REQ-5a",
       .level = Level::may,
       .asks = "Towards well-known ports the mapping may live for less.",
       .treatment = Treatment::too_trivial,
       .why = "a permission; Linux does not look at the port"},
      {.id = "REQ-5b",
       .level = Level::may,
       .asks = "The timer may be configurable.",
       .scenarios = {"timeout_can_be_set", "timeout_sysctl_holds_from_next_packet"}},
      {.id = "REQ-5c",
       .level = Level::should,
       .asks = "The timer is five minutes or more unless somebody sets it.",
       .scenarios = {"mapping_should_live_five_minutes"},
       .rule = "sysctl net.netfilter.nf_conntrack_udp_timeout = 300",
       .configured = {"timeout_can_be_set"}},
      {.id = "REQ-6",
       .asks = "What the client sends keeps its mapping alive.",
       .scenarios = {"outbound_datagram_refreshes_the_mapping"}},
      {.id = "REQ-6a",
       .level = Level::may,
       .asks = "What the server sends may keep the mapping alive as well.",
       .scenarios = {"inbound_datagram_refreshes_the_mapping"}},
  };
}

std::vector<Requirement> filtering() {
  return {
      {.id = "REQ-7",
       .asks =
           "A NAT whose outer address comes by itself copes with the same network on both sides.",
       .treatment = Treatment::does_not_apply,
       .why = "addresses are the administrator's or a DHCP client's; the kernel gives none"},
      {.id = "REQ-8",
       .level = Level::should,
       .asks = "Who may come in depends on nothing, or on the address alone, but not on the port.",
       .scenarios = {"stranger_needs_the_address_and_the_port", "stranger_does_not_come_in"},
       .rule = address_of_ones_own,
       .configured = {"address_of_ones_own_is_open_to_everybody"}},
      {.id = "REQ-8a",
       .level = Level::may,
       .asks = "The filtering may be the administrator's choice.",
       .scenarios = {"address_of_ones_own_is_open_to_everybody"}},
      {.id = "REQ-9",
       .asks = "A client reaches its neighbour by the neighbour's external address and port.",
       .scenarios = {"neighbours_mapping_is_closed_from_inside"},
       .rule = "a `dnat` rule for the neighbour's external port that holds inside as well, and "
               "`snat` for what goes from inside to inside",
       .configured = {"two_masqueraded_neighbours_meet",
                      "neighbour_of_ones_own_address_is_reached_from_inside"}},
      {.id = "REQ-9a",
       .asks = "The neighbour then sees the caller's external address and port.",
       .scenarios = {"two_masqueraded_neighbours_meet",
                     "neighbour_of_ones_own_address_is_reached_from_inside"}},
      {.id = "REQ-10",
       .level = Level::should,
       .asks = "Helpers for protocols over UDP are off.",
       .scenarios = {"tftp_is_left_alone_unless_asked", "helper_does_not_come_by_port"}},
      {.id = "REQ-10a",
       .level = Level::should,
       .asks = "Each helper is switched on and off by itself.",
       .scenarios = {"tftp_answer_to_a_read_request_reaches_the_client",
                     "helper_serves_one_protocol", "helper_is_attached_by_a_rule"}},
      {.id = "REQ-11",
       .asks = "Translation and filtering never change their ways, whatever the circumstances.",
       .scenarios = {"mapping_depends_on_the_server_after_a_clash"},
       .rule = address_of_ones_own,
       .configured = {"address_of_ones_own_keeps_every_mapping"}},
  };
}

std::vector<Requirement> errors_and_fragments() {
  return {
      {.id = "REQ-12",
       .asks = "No ICMP message ends a mapping.",
       .scenarios = {"icmp_errors_do_not_end_a_mapping"}},
      {.id = "REQ-12a",
       .level = Level::should,
       .asks = "ICMP is not filtered by who sent it, unless somebody says so.",
       .scenarios = {"icmp_errors_do_not_end_a_mapping"}},
      {.id = "REQ-12b",
       .level = Level::should,
       .asks = "Destination unreachable reaches the client.",
       .scenarios = {"snat_udp_refused_by_the_peer", "unreachable_port_is_told_to_the_client"}},
      {.id = "REQ-13",
       .asks = "A packet with DF that is too large is answered with `fragmentation needed`.",
       .scenarios = {"mtu_towards_the_internet_is_told_by_the_gateway",
                     "one_byte_above_the_mtu_is_refused"}},
      {.id = "REQ-13a",
       .asks = "One without DF is fragmented, and the fragments leave in order.",
       .scenarios = {"above_the_mtu_without_df_is_fragmented",
                     "translated_packet_is_fragmented_behind_nat"}},
      {.id = "REQ-14",
       .asks = "Fragments are translated in whatever order they come.",
       .scenarios = {"last_fragment_may_come_first", "nat_waits_for_the_whole_datagram",
                     "reply_in_fragments_is_translated_back"}},
      {.id = "REQ-14a",
       .asks = "A flood of fragments does not keep other packets from being translated.",
       .treatment = Treatment::not_observable,
       .why = "memory for fragments is bounded by ipfrag_high_thresh; one conversation cannot "
              "fill it"},
  };
}

}  // namespace

Rfc rfc4787() {
  Rfc rfc{.number = 4787,
          .title = "NAT Behavioral Requirements for Unicast UDP",
          .requirements = mapping()};
  for (const auto& more : {ports(), timers(), filtering(), errors_and_fragments()})
    rfc.requirements.insert(rfc.requirements.end(), more.begin(), more.end());
  return rfc;
}

}  // namespace natstep::harness
