# SPDX-License-Identifier: GPL-2.0-or-later
# Files and folders that are no scenarios: exit status 2 and a message of its own for each.
. "$(dirname "$0")/support.sh"

mkdir -p corpus/dnat empty
agreeing >corpus/dnat/good.nat

refuses 'corpus/dnta: no such file.*did you mean `corpus/dnat`' check corpus/dnta
refuses 'corpus/dnat/god.nat: no such file.*did you mean `corpus/dnat/good.nat`' run corpus/dnat/god.nat
refuses 'empty: no .nat files' check empty
refuses 'matches none of 1 scenario' check corpus --filter ipv6
echo hello >notes.txt
refuses 'notes.txt: not a scenario' run notes.txt
ln -s nowhere dangling.nat
refuses 'dangling.nat: no such file' run dangling.nat
mkdir folder.nat
refuses 'folder.nat: no .nat files' run folder.nat

# expect_diagnostic REGEX FILE: what is only seen when the file is read.
expect_diagnostic() {
  run run "$2"
  expect_status 2
  expect_in stderr "$1"
}

head -c 4096 /dev/urandom >binary.nat
expect_diagnostic '^binary.nat.*(binary|text)' binary.nat
head -c 3000000 /dev/zero | tr '\0' '#' >huge.nat
expect_diagnostic '^huge.nat.*(large|1 MiB)' huge.nat
: >nothing.nat
expect_diagnostic '^nothing.nat' nothing.nat
if ((EUID == 0)) && command -v setpriv >/dev/null; then
  agreeing >secret.nat
  chmod 000 secret.nat
  chmod 755 .
  status=0
  last="natstep run secret.nat, as nobody"
  setpriv --reuid 65534 --clear-groups "$NATSTEP" run secret.nat >stdout 2>stderr || status=$?
  # Where the program itself cannot be reached by others there is nothing to see.
  ((status == 126 || status == 127)) || { expect_status 2; expect_in stderr 'secret.nat.*[Pp]ermission'; }
fi

# mistake REGEX LINE: a scenario with LINE as its fourth line.
mistake() {
  { echo '# A mistake.'; echo 'topology router'; echo; echo "$2"; } >mistake.nat
  expect_diagnostic "$1" mistake.nat
}

mistake 'mistake.nat:4:1: .*did you mean `in`' 'im lan udp 10.0.1.2:4000 > 198.51.100.9:53'
mistake 'mistake.nat:4:[0-9]+: .*`tll`.*did you mean `ttl`' 'in lan udp 10.0.1.2:4000 > 198.51.100.9:53 tll 3'
mistake 'mistake.nat:4:4: .*lna.*did you mean `lan`' 'in lna udp 10.0.1.2:4000 > 198.51.100.9:53'
mistake 'mistake.nat:4:[0-9]+: ' 'in lan udp 10.0.1.2:99999 > 198.51.100.9:53'
mistake 'mistake.nat:4:[0-9]+: ' 'in lan udp 10.0.1.2:4000 > '
mistake 'mistake.nat:4:[0-9]+: ' 'in lan'
mistake 'mistake.nat:4:[0-9]+: ' 'out wan udp 10.0.1.2:4000 > 198.51.100.9:53'
mistake 'mistake.nat:4:[0-9]+: ' 'nft {'
mistake 'mistake.nat:4:[0-9]+: .*(hex|odd)' 'in lan hex 450'

# One bad file does not keep the good ones from being looked at.
{ agreeing; echo 'nonsense'; } >corpus/dnat/bad.nat
run check corpus --format json
expect_status 2
expect_in stderr '^corpus/dnat/bad.nat:6:1: '
expect_in stdout '"scenarios": 2'

finish
