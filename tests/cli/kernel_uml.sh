# SPDX-License-Identifier: GPL-2.0-or-later
# A user-mode Linux, built from Debian's source when it is not in the cache.
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/kernel_support.sh"
for program in apt-get make gcc flex bison bc; do needs_program $program; done

kernel=uml-6.1-vt
run kernels
grep -q "^$kernel " stdout || get build --source 6.1 --virtual-time
agrees_on_kernel conntrack dnat masquerade tcp nat66 expiry regressions
outlives_a_crash

# What the guest writes lies in its memory, and not in the files that it sees.
run run --kernel "$kernel" first.nat
expect_status 0
[[ $(ls) == $'first.nat\nsecond.nat\nstderr\nstdout\nthird.nat' ]] || complain "files of the guest's: $(ls)"

finish
