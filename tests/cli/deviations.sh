# SPDX-License-Identifier: GPL-2.0-or-later
# The maintainers' list: every deviation has its shortest scenario, and the list says when one has none.
. "$(dirname "$0")/support.sh"
needs_kernel

run deviations
expect_status 0
expect_in stdout '^invalid_packet_passes_nat$'
expect_in stdout '^  breaks +RFC 1918'
expect_in stdout '^  function +net/netfilter/nf_nat_core.c'
expect_in stdout '^  shortest +.*\.nat:[0-9]+ '
expect_in stdout '^  law +none notices$'
expect_in stdout '^  law +no address and no port that NAT hides'
expect_in stdout '^[0-9]+ deviations, [0-9]+ of them noticed by a law$'

run deviations --format json
expect_status 0
/usr/bin/python3 - <<'PY' || complain "deviations --format json: see above"
import json
known = json.load(open("stdout"))["deviations"]
assert known
for each in known:
    assert each["state"] == "shown" and each["scenario"].endswith(".nat"), each
    assert each["differences"] and each["profiles"], each
    assert each["shows_in"] != "packets" or each["bytes"] or not each["seen"], each
PY

# A list that is made of too few scenarios says so.
agreeing >agreed.nat
run deviations agreed.nat
expect_status 1
expect_in stdout '^  ERROR +no scenario reaches it$'
expect_in stdout '[0-9]+ shown by no scenario$'

# What the script says that an RFC asks is no pin.
agreeing | sed 's/^out/should out/; s/ttl 63/ttl 62/' >asks_too_much.nat
run run asks_too_much.nat
expect_status 0
expect_in stdout '^DEVIATION'
expect_in stdout '^  should +line 5: out wan'
expect_in stdout '^  kernel +.*ttl'
agreeing | sed 's/^out/should out/' >asks_enough.nat
run run asks_enough.nat
expect_status 0
expect_in stdout '^AGREED'

finish
