# SPDX-License-Identifier: GPL-2.0-or-later
# The program finds its corpus from any working directory, installed as well, without environment and as PATH-less process.
. "$(dirname "$0")/support.sh"
needs_kernel

cd /
last="natstep check, from /"
status=0
env -i "$NATSTEP" check --filter udp_9999_to_laptop --format json >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
cd "$scratch"
expect_status 0
expect_in stdout '"agreed": [1-9]'

cmake --install "$NATSTEP_BUILD" --prefix "$scratch/prefix" >/dev/null
[[ -f $scratch/prefix/share/natstep/corpus/dnat/udp_9999_to_laptop.nat ]] || complain "the corpus is not installed"
NATSTEP=$scratch/prefix/bin/natstep
run check --filter udp_9999_to_laptop --format json
expect_status 0
expect_in stdout '"path": "prefix/share/natstep/corpus/dnat/udp_9999_to_laptop.nat"'

finish
