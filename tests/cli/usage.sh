# SPDX-License-Identifier: GPL-2.0-or-later
# Command lines that cannot be: exit status 2, one clear message, nothing on stdout, no kernel needed.
. "$(dirname "$0")/support.sh"

refuses 'unknown command `chekc`, did you mean `check`' chekc
refuses 'unknown option `--fromat`, did you mean `--format`' check --fromat json
refuses '--format: unknown word `jsn`, did you mean `json`' check --format jsn
refuses '--format: unknown word `ktap`' bench --format ktap
refuses '--colour: unknown word' check --colour sometimes
refuses 'jobs' check --jobs 0
refuses 'jobs' check --jobs many
refuses '--profile: no profile `linux-6.19x`.*there are.*linux-' check --profile linux-6.19x
refuses '--break: no clause `no_such_clause`.*natstep clauses' check --break no_such_clause
refuses '--witness: unknown witness `wireshark`' check --witness wireshark
refuses 'no such sweep; there are .*tcp_flags' check sweep:tcp_flag
refuses '--filter: `\*udp` is not a regular expression' check --filter '*udp'
refuses 'FILE' run
refuses 'subcommand|command'

# Through a file: a pipe that grep leaves early would end the program by SIGPIPE.
run clauses --no-run --format json
expect_status 0
clause=$(grep -m1 '"id"' stdout | cut -d'"' -f4)
refuses "did you mean \`$clause\`" check --break "${clause}x"

for command in '' check run explain pin clauses bench; do
  run $command --help
  expect_status 0
  expect_in stdout 'natstep'
  expect_empty stderr
done
run --help
expect_in stdout 'Exit status'

run version
expect_status 0
expect_in stdout '^natstep [0-9a-f.]+'

run clauses --no-run
expect_status 0
expect_in stdout 'basis '

finish
