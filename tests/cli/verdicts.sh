# SPDX-License-Identifier: GPL-2.0-or-later
# Each verdict with its exit status, on the running kernel.
. "$(dirname "$0")/support.sh"
needs_kernel

agreeing >agreed.nat
run run agreed.nat
expect_status 0
expect_in stdout '^AGREED'

sed 's/ttl 63/ttl 62/' agreed.nat >wrong_pin.nat
run run wrong_pin.nat --no-minimise
expect_status 1
expect_in stdout '^DIVERGED  wrong_pin.nat'
expect_in stdout 'ttl'
expect_in stdout 'voices.*script'
[[ -s out/wrong_pin/scenario.nat ]] || complain "no artefacts in out/wrong_pin"

cat >not_understood.nat <<'NAT'
# The model knows nothing of sockets' owners.
topology router
nft {
  table ip filter {
    chain forward { type filter hook forward priority filter; meta skuid 0 drop; }
  }
}
in lan udp 10.0.1.2:4000 > 198.51.100.9:53 "one"
NAT
run run not_understood.nat
expect_status 3
expect_in stdout '^INCONCLUSIVE  not_understood.nat'
expect_in stdout 'skuid'

sed 's/skuid 0 drop/skuid 0 dorp/' not_understood.nat >refused.nat
run run refused.nat
expect_status 2
expect_in stderr '^refused.nat:5'
expect_in stderr 'dorp'

# The worst of a run is what it ends with.
run check agreed.nat not_understood.nat
expect_status 3
run check agreed.nat not_understood.nat wrong_pin.nat --no-minimise
expect_status 1
run check agreed.nat not_understood.nat wrong_pin.nat refused.nat --no-minimise
expect_status 2

# A wrong clause is caught, and triage points away from the script and the kernel.
run run agreed.nat --break forwarding_decrements_ttl --no-minimise
expect_status 1
expect_in stdout '^\* ipv4\.ttl'
expect_in stdout 'clause +forwarding_decrements_ttl'
expect_in stdout 'voices +script with the kernel.*suspect: .*(model|clause)'

finish
