# SPDX-License-Identifier: GPL-2.0-or-later
# What one scenario lacks, the next may not need: only those that need it are skipped.
. "$(dirname "$0")/support.sh"

needs_kernel

# A copy stands without the Scapy plugin, which is looked for beside the program.
cp "$NATSTEP" natstep_alone
NATSTEP=$PWD/natstep_alone
printf 'in lan scapy IP(dst="198.51.100.9")/UDP()\n' > a_needs_scapy.nat
printf 'in lan udp 10.0.1.2:4000 > 198.51.100.9:53\n' > b_needs_nothing.nat

run check --jobs 1 a_needs_scapy.nat b_needs_nothing.nat
expect_in stdout 'SKIPPED +a_needs_scapy.nat: needs Scapy'
expect_in stdout '1 agreed'
expect_in stdout '1 skipped'
