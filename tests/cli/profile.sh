# SPDX-License-Identifier: GPL-2.0-or-later
# What this kernel has that others have not, and what the model leaves out.
. "$(dirname "$0")/support.sh"

run clauses --diff 6.1 7.2
expect_status 0
expect_in stdout '^dnat_range_starts_at_min$'
expect_in stdout '^  linux-6.1 +The search in a port range of DNAT begins at a random port'
expect_in stdout '^[0-9]+ of [0-9]+ features differ between linux-6.1 and linux-7.2$'

run clauses --diff 6.1 7.9
expect_status 2
expect_in stderr 'no profile `7.9`'

run clauses --missing
expect_status 0
expect_in stdout '^INCONCLUSIVE  [a-z0-9_]+$'
expect_in stdout '^OUT OF REACH  [a-z0-9_]+$'

run profile --no-probe --profile 5.10
expect_status 0
expect_in stdout '^NO   time_wait_eviction$'

needs_kernel
run profile --format json
expect_status 0
/usr/bin/python3 - <<'PY' || complain "profile --format json: see above"
import json
features = json.load(open("stdout"))["features"]
probed = [each for each in features if each["known"] == "probed"]
assert len(probed) > 5, probed
unclear = [each["id"] for each in features if "note" in each]
assert not unclear, unclear
PY
