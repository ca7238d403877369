// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 3022: traditional NAT. It describes rather than asks, without RFC 2119's words; what it says
// a NAT does is taken as a MUST here, and numbered by section.
#include "harness/rfc/requirement.h"

namespace natstep::harness {

Rfc rfc3022() {
  return {
      .number = 3022,
      .title = "Traditional IP Network Address Translator",
      .requirements = {
          {.id = "section 2.1",
           .asks = "Basic NAT: an address stands for an address, in both directions.",
           .scenarios = {"outbound_block_is_mapped_one_to_one",
                         "inbound_block_is_mapped_one_to_one"}},
          {.id = "section 2.2",
           .asks = "NAPT: many clients share an address, told apart by ports and identifiers.",
           .scenarios = {"reply_to_second_client_finds_its_way",
                         "two_clients_ping_with_one_identifier", "tcp_handshake_and_data"}},
          {.id = "section 3.1",
           .asks = "The first packet of a session binds; all others are translated by it.",
           .scenarios = {"rule_is_asked_once_a_flow", "first_packet_decides_for_the_flow"}},
          {.id = "section 3.3",
           .asks = "The binding ends with its session.",
           .scenarios = {"expired_mapping_is_gone"}},
          {.id = "section 4.1",
           .asks = "A UDP datagram that carries no checksum is given none.",
           .scenarios = {"absent_checksum_stays_absent", "udp_checksum_absent"}},
          {.id = "section 4.2",
           .asks = "Checksums follow what was changed, and nothing else.",
           .scenarios = {"port_counts_as_well_as_address", "udp_sum_of_zero_is_written_as_ones",
                         "quoted_checksum_that_was_wrong_stays_wrong"}},
          {.id = "section 4.3",
           .asks = "An ICMP error is translated inside and outside, with all of its checksums.",
           .scenarios = {"snat_udp_refused_by_the_peer", "dnat_server_refuses_the_client",
                         "quote_of_twenty_tcp_bytes_has_a_checksum"}},
          {.id = "section 4.4",
           .asks = "FTP's control connection is rewritten, with its sequence numbers.",
           .scenarios = {"ftp_port_shows_the_public_address", "adjusted_sequence_of_later_data",
                         "two_adjustments_add_up"}},
          {.id = "section 4.5",
           .asks = "Names are translated in DNS messages.",
           .treatment = Treatment::does_not_apply,
           .why = "Linux has no helper for DNS; resolvers have views"},
          {.id = "section 4.6",
           .level = Level::may,
           .asks = "Addresses in IP options may be left alone.",
           .scenarios = {"unknown_option_passes", "ports_stand_behind_the_ip_options"}},
          {.id = "section 5.1",
           .asks = "Inside and outside addresses are apart.",
           .treatment = Treatment::does_not_apply,
           .why = "the administrator's part"},
          {.id = "section 5.4",
           .level = Level::may,
           .asks = "When addresses run out, basic NAT may go over to sharing them by ports.",
           .scenarios = {"same_port_of_two_networks_in_one_block"}},
          {.id = "section 6.3",
           .asks = "Fragments of several clients that share an address may be mistaken for each "
                   "other.",
           .why = "a limit that the RFC admits; RFC 7857 section 10 asks for more",
           .scenarios = {"nat_waits_for_the_whole_datagram"}},
      }};
}

}  // namespace natstep::harness
