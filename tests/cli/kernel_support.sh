# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests that boot another kernel. What they fetch and build stays in natstep's own cache (XDG_CACHE_HOME): the
# next run has it.

# get ARGUMENTS...: runs `natstep kernels ARGUMENTS`, whose first word is then `kernel`. Without a mirror there is no kernel to
# be had, which is no failure.
get() {
  run kernels "$@"
  if ((status != 0)) && grep -qE 'package lists cannot be fetched|knows no mirror' stderr; then
    cat stderr
    exit 4
  fi
  expect_status 0
  kernel=$(awk '{ print $1; exit }' stdout)
  [[ -n $kernel ]] || finish
}

needs_program() {
  command -v "$1" >/dev/null && return
  echo "needs $1"
  exit 4
}

# agrees_on_kernel AREA...: these parts of the corpus agree on `kernel`.
agrees_on_kernel() {
  run check --kernel "$kernel" "${@/#/$NATSTEP_SOURCE/corpus/}"
  expect_status 0
  expect_in stdout "^AGREED +[0-9]+ scenarios"
  cat stdout
}

# outlives_a_crash: the scenario at which the kernel crashes is broken, with a fingerprint; those behind it run in a new guest.
outlives_a_crash() {
  for name in first second third; do agreeing >"$name.nat"; done
  run check --kernel "$kernel" --jobs 1 --crash-guest-at second first.nat second.nat third.nat
  expect_status 5
  expect_in stdout "^BROKEN +second\.nat.*kernel: panic"
  expect_in stdout "3 scenarios, 2 agreed, 1 broken"
}
