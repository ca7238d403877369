# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: the whole corpus agrees with the running kernel, and would notice any clause that were wrong.
. "$(dirname "$0")/support.sh"
needs_kernel

run check --out results
expect_status 0
# A kernel that was built without something is no reason to fail, but to say so.
grep -E '^SKIPPED' stdout || true
run clauses --check-breaks
expect_status 0
grep -E '^NOT' stdout || true

finish
