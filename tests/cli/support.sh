# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests beside it. Each runs in a folder of its own, which is removed at the end.
set -euo pipefail

: "${NATSTEP:?the program under test}" "${NATSTEP_SOURCE:?the source tree}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

failures=0

complain() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# run ARGUMENTS...: runs the program; leaves `status`, and its output in the files `stdout` and `stderr`.
run() {
  last="natstep $*"
  status=0
  "$NATSTEP" "$@" >stdout 2>stderr || status=$?
}

expect_status() {
  ((status == $1)) && return
  complain "$last: exit status $status, not $1"
  sed 's/^/  stderr: /' stderr | head -20
  sed 's/^/  stdout: /' stdout | tail -20
}

# expect_in FILE REGEX
expect_in() {
  grep -Eq -- "$2" "$1" && return
  complain "$last: $1 does not show: $2"
  sed "s|^|  $1: |" "$1" | head -20
}

expect_empty() { [[ ! -s $1 ]] || complain "$last: $1 is not empty: $(head -3 "$1")"; }

# refuses REGEX ARGUMENTS...: usage errors all look alike.
refuses() {
  local message=$1
  shift
  run "$@"
  expect_status 2
  expect_in stderr "$message"
  expect_empty stdout
}

needs_kernel() {
  [[ -c /dev/net/tun ]] && unshare -n true 2>/dev/null && return
  echo "needs /dev/net/tun and network namespaces"
  exit 4
}

# What every scenario below begins with: one that agrees.
agreeing() {
  cat <<'NAT'
# A datagram through a router that does nothing to it but count its hops (RFC 1812 section 5.3.1).
topology router

in  lan udp 10.0.1.2:4000 > 198.51.100.9:53 "one"
out wan udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 "one"
NAT
}

finish() {
  ((failures == 0)) || { echo "$failures failed"; exit 1; }
}
