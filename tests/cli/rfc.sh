# SPDX-License-Identifier: GPL-2.0-or-later
# The RFCs against this kernel: a verdict for each requirement, and what shows it.
. "$(dirname "$0")/support.sh"
needs_kernel

run rfc 4787 5508
expect_status 0
expect_in stdout '^CONFORMS +RFC 4787 REQ-6 +MUST '
expect_in stdout '^CONFIGURABLE +RFC 4787 REQ-5 +MUST '
expect_in stdout '^  conforms +with sysctl net.netfilter.nf_conntrack_udp_timeout'
expect_in stdout '^DEVIATES +RFC 5508 REQ-3a +SHOULD '
expect_in stdout '^  bytes +45'
expect_in stdout '^UNTESTED +RFC 5508 REQ-11 +MAY '
expect_in stdout '^[0-9]+ requirements: [0-9]+ conform, [0-9]+ deviate, [0-9]+ configurable, 0 undecided'

run rfc 4787 --json
expect_status 0
/usr/bin/python3 - <<'PY' || complain "rfc --json: see above"
import json
report = json.load(open("stdout"))
[rfc] = report["rfcs"]
assert rfc["rfc"] == 4787 and len(rfc["requirements"]) == report["requirements"]
for each in rfc["requirements"]:
    assert each["conformity"] in ("conforms", "deviates", "configurable", "untested"), each
    assert each["conformity"] == "untested" or each["scenarios"], each
    assert each["conformity"] not in ("deviates", "configurable") or each["evidence"], each
PY

run rfc 4787 --html
expect_status 0
expect_in stdout '^<!DOCTYPE html>'
expect_in stdout 'CONFIGURABLE'

run rfc 1149
expect_status 2
expect_in stderr 'RFC 1149 is none that natstep has read; there are 4787'
