# SPDX-License-Identifier: GPL-2.0-or-later
# Results that cannot be written are an environment failure, and never half there.
. "$(dirname "$0")/support.sh"
needs_kernel

agreeing >agreed.nat
last="natstep check >/dev/full"
status=0
"$NATSTEP" check agreed.nat >/dev/full 2>stderr || status=$?
: >stdout
expect_status 5
expect_in stderr 'standard output: No space left'

: >file
run check agreed.nat --out file
expect_status 5
expect_in stderr 'file: Not a directory'
run check agreed.nat --out file/below
expect_status 5

if ((EUID == 0)); then
  mkdir full
  mount -t tmpfs -o size=16k tmpfs full
  trap 'cd /; umount "$scratch/full"; rm -rf "$scratch"' EXIT
  dd if=/dev/zero of=full/filler bs=4k count=8 2>/dev/null || true
  run check agreed.nat --out full
  expect_status 5
  expect_in stderr 'full.*No space left'
  [[ $(ls full) == filler ]] || complain "something half-written: $(ls full)"
fi

# A reader that leaves early is no error message.
"$NATSTEP" clauses --no-run 2>stderr | head -1 >/dev/null || true
last="natstep clauses | head"
expect_empty stderr

finish
