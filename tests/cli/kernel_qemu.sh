# SPDX-License-Identifier: GPL-2.0-or-later
# A packaged kernel of Debian in QEMU.
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/kernel_support.sh"
needs_program qemu-system-x86_64
needs_program apt-get

get fetch 6.12
agrees_on_kernel dnat masquerade regressions
outlives_a_crash

run check --kernel "$kernel" --break udp_checksum_absent_stays_absent "$NATSTEP_SOURCE/corpus/dnat/udp_checksum_absent.nat"
expect_status 1
expect_in stdout 'in QEMU'

finish
