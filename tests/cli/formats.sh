# SPDX-License-Identifier: GPL-2.0-or-later
# The forms that programs read are what their readers expect.
. "$(dirname "$0")/support.sh"
needs_kernel

mkdir -p corpus/dnat corpus/snat
agreeing >corpus/dnat/agreed.nat
agreeing | sed 's/ttl 63/ttl 62/' >corpus/snat/wrong_pin.nat

run check corpus --format json --out results --no-minimise
expect_status 1
cp stdout check.json
cmp -s check.json results/summary.json || complain "results/summary.json is not what was printed"
/usr/bin/python3 - <<'PY' || complain "check --format json: see above"
import json
check = json.load(open("check.json"))
assert check["scenarios"] == 2 and check["agreed"] == 1 and check["diverged"] == 1, check
for key in ("kernel", "profile", "deviations", "inconclusive", "skipped", "broken", "packets", "seconds"):
    assert key in check, key
assert [o["verdict"] for o in check["outcomes"]] == ["agreed", "diverged"]
assert [o["area"] for o in check["outcomes"]] == ["dnat", "snat"]
assert check["outcomes"][1]["findings"], "no findings"
PY

run check corpus --format ktap --no-minimise
expect_status 1
expect_in stdout '^KTAP version 1$'
expect_in stdout '^1\.\.2$'
expect_in stdout '^ok 1 corpus/dnat/agreed.nat$'
expect_in stdout '^not ok 2 corpus/snat/wrong_pin.nat$'

run check corpus --format junit --no-minimise
expect_status 1
/usr/bin/python3 - <<'PY' || complain "check --format junit: see above"
import xml.etree.ElementTree as tree
root = tree.parse("stdout").getroot()
assert root.tag == "testsuites" and root.get("tests") == "2" and root.get("failures") == "1"
assert [s.get("name") for s in root] == ["dnat", "snat"]
PY

run check corpus --no-minimise --jobs 1
expect_in stdout '^area +scenarios +agreed +deviation +diverged +inconclusive +skipped$'
expect_in stdout '^total +2 +1 +\. +1 +\. +\.$'
expect_in stdout '^DIVERGED  2 scenarios'
grep -q $'\x1b' stdout && complain "colour without a terminal"
run check corpus --no-minimise --colour always
grep -q $'\x1b' stdout || complain "no colour with --colour always"

run bench --format json --seconds 0.1
expect_status 0
/usr/bin/python3 - <<'PY' || complain "bench --format json: see above"
import json
bench = json.load(open("stdout"))
for traffic in ("established", "new_flow"):
    assert bench[traffic]["bare"] > 0 and bench[traffic]["lockstep"] > 0 and 0 < bench[traffic]["ratio"], bench
PY

finish
