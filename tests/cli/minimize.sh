# SPDX-License-Identifier: GPL-2.0-or-later
# What diverges gets as small as it can be and diverges in the same way; what agrees is left alone.
. "$(dirname "$0")/support.sh"
needs_kernel

cat >long.nat <<'NAT'
# A long story of which one packet matters.
topology router
sysctl net.netfilter.nf_conntrack_acct = 1
nft {
  table ip filter {
    chain forward { type filter hook forward priority filter; udp dport 99 drop; }
  }
  table ip nat {
    chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  }
}
in lan udp 10.0.1.2:4000 > 198.51.100.9:53 "one"
out wan udp 203.0.113.1:4000 > 198.51.100.9:53 "one"
in lan udp 10.0.1.3:4001 > 198.51.100.9:53 ttl 9 "two"
in wan udp 198.51.100.9:53 > 203.0.113.1:4001 "three"
NAT
run minimize --break l4_checksum_follows_address long.nat
expect_status 0
expect_in stderr 'frames udp.checksum .* l4_checksum_follows_address'
expect_in stderr 'from 3 steps and .* rules to 1 step'
expect_in stdout '^in  lan   udp 10.0.1.[23]:400[01] > 198.51.100.9:53$'
expect_in stdout 'masquerade'
grep -Eq 'acct|filter|out |"one"' stdout && complain "something is left that does not matter"

# What is printed is a scenario that diverges in the same way, and cannot get smaller.
cp stdout small.nat
run minimize --break l4_checksum_follows_address small.nat
expect_status 0
cmp -s stdout small.nat || complain "minimised twice is not the same"

run minimize -i --break l4_checksum_follows_address long.nat
expect_status 0
cmp -s long.nat small.nat || complain "-i does not write what is printed otherwise"

run minimize --most-runs 1 --break l4_checksum_follows_address small.nat
expect_status 0

# A known deviation stays that deviation.
cat >deviates.nat <<'NAT'
# The second SYN is invalid, and leaves as it came.
topology router
nft {
  table ip nat {
    chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  }
}
in lan udp 10.0.1.2:4000 > 198.51.100.9:53
in lan tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000 ttl 9
in lan tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000 checksum bad
NAT
run minimize deviates.nat
expect_status 0
expect_in stderr 'deviation .* invalid_packet_'
grep -q 'udp\|ttl' stdout && complain "minimize: something is left that does not matter"
cp stdout deviates.nat
run run deviates.nat
expect_in stdout '^DEVIATION'
expect_in stdout 'invalid_packet_'

agreeing >agreed.nat
run minimize agreed.nat
expect_status 2
expect_empty stdout
expect_in stderr 'nothing to minimise'

run minimize
expect_status 2
run minimize --most-runs 0 agreed.nat
expect_status 2

finish
