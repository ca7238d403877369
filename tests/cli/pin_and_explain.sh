# SPDX-License-Identifier: GPL-2.0-or-later
# `pin` writes what holds when it is run again; `explain` shows the walk of either generation of names.
. "$(dirname "$0")/support.sh"
needs_kernel

cat >script.nat <<'NAT'
# Two hosts share a source port behind a masquerading router: the second must be moved.
topology router
nft {
  table ip nat {
    chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  }
}
in lan udp 10.0.1.2:4000 > 198.51.100.9:53 "one"
in lan udp 10.0.1.3:4000 > 198.51.100.9:53 "two"
NAT
cp script.nat pinned.nat
run pin -i pinned.nat
expect_status 0
last="natstep pin"
expect_in pinned.nat '^# Two hosts share'
expect_in pinned.nat '^out wan udp 203\.0\.113\.1:4000 > 198\.51\.100\.9:53'
expect_in pinned.nat '^out wan udp 203\.0\.113\.1:\$p > .* where \$p in 1024-65535'
expect_in pinned.nat '^ct udp 10\.0\.1\.2:4000 > 198\.51\.100\.9:53 reply'
run run pinned.nat
expect_status 0
run pin pinned.nat
expect_status 0
cmp -s stdout pinned.nat || complain "pinning what is pinned changes it"

sed '/^ct/d; s/out wan udp 203.0.113.1:4000/out wan udp 203.0.113.2:4000/' pinned.nat >wrong.nat
run pin wrong.nat
expect_status 1
expect_empty stdout

walk=$NATSTEP_SOURCE/corpus/dnat/udp_9999_to_laptop.nat
run explain "$walk"
expect_status 0
for stage in pre_routing post_routing conntrack nat_dst\|dnat confirm; do expect_in stdout "$stage"; done
run explain --profile linux-3.x "$walk"
expect_status 0
for name in ipv4_conntrack_in nf_nat_ipv4_in nf_nat_ipv4_out ipv4_helper ipv4_confirm; do expect_in stdout "$name"; done

finish
