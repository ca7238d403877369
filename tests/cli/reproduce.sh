# SPDX-License-Identifier: GPL-2.0-or-later
# A score of findings, each a broken clause in a scenario of the corpus: the program that shows it
# without natstep reports it on this kernel, and would report the model's side on a kernel that does
# as the broken model says.
. "$(dirname "$0")/support.sh"
needs_kernel
for needed in python3 ip nft; do
  command -v $needed >/dev/null || { echo "needs $needed"; exit 4; }
done

# The two voices exchanged.
exchanged() {
  sed -E 's/^FOUND(_?[A-Z]*) = /KEEP\1 = /; s/^EXPECTED(_?[A-Z]*) = /FOUND\1 = /; s/^KEEP(_?[A-Z]*) = /EXPECTED\1 = /' "$1"
}

shows() {
  local file="$NATSTEP_SOURCE/corpus/$1" clause=$2
  run reproduce --break "$clause" "$file"
  expect_status 0
  cp stdout program.py
  status=0
  python3 program.py >shown || status=$?
  ((status == 1)) || { complain "$1 with $clause: the program ends with $status"; tail -5 shown; }
  grep -q '^FOUND' shown || complain "$1 with $clause: FOUND is not said"
  exchanged program.py >other.py
  status=0
  python3 other.py >shown || status=$?
  ((status == 0)) || { complain "$1 with $clause, exchanged: the program ends with $status"; tail -5 shown; }
}

while read -r file clause; do
  shows "$file" "$clause"
done <<'FINDINGS'
udplite/absent_checksum_is_invalid.nat udplite_without_checksum_is_invalid
conntrack/generic_timeout_can_be_set.nat generic_flow_has_no_ports
reject/protocol_without_checksum_is_not_answered.nat reject_is_silent_without_a_checksum
mangle/unreadable_segment_under_tcpmss.nat tcpmss_drops_what_it_cannot_read
sip/registration_of_another_port_shows_the_public_address.nat sip_registration_shows_the_public_address
ipv6/link_local_destination.nat no_ipv6_route_is_reported
events/forwarding_switched_off_midway.nat changed_setting_holds_from_the_next_packet
offload/segments_leave_one_by_one_behind_nat.nat large_packet_of_small_segments_passes
router/longest_prefix_wins.nat forwarding_decrements_ttl
pptp/cleared_call_takes_its_tunnel_along.nat pptp_disconnected_call_takes_its_tunnel_along
tcp/inexact_reset_while_opening_again_closes.nat tcp_rst_closes
helpers/ftp_port_cut_in_its_numbers_is_dropped.nat ftp_data_come_from_any_port
icmp_error/dnat_path_mtu_reaches_the_server.nat icmp_error_takes_direction_of_matched_tuple
udp/length_of_seven_is_invalid.nat udp_length_below_header_is_invalid
sctp/init_ack_may_not_bring_another_tag.nat sctp_init_ack_may_not_change_a_tag
dnat/port_below_the_base_wraps_around.nat port_offset_from_base
rules/mark_is_written_under_a_mask.nat ct_mark_is_set_under_its_mask
timeouts/timeout_policy_of_udp.nat timeout_policy_is_for_its_protocol
snat/same_port_reuses_address_of_range.nat mapping_of_same_source_is_reused
masquerade/reply_to_second_client_finds_its_way.nat l4_checksum_follows_port
zones/mapping_is_not_shared_between_zones.nat mapping_is_reused_within_its_zone
checksums/udp_sum_of_zero_is_written_as_ones.nat udp_checksum_zero_becomes_ffff
queue/chain_that_goes_empties_the_queue.nat hook_that_goes_empties_the_queues
ipv6_fragments/another_destination_is_another_datagram_over_ipv6.nat ipv6_datagram_above_its_fragments_is_cut
FINDINGS

run reproduce "$NATSTEP_SOURCE/corpus/masquerade/port_is_preserved.nat"
expect_status 2
expect_empty stdout
expect_in stderr 'nothing was found'

run reproduce no_such.nat
expect_status 2

finish
