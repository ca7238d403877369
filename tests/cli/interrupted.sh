# SPDX-License-Identifier: GPL-2.0-or-later
# SIGINT ends a run with what is known so far, in the form that was asked for.
. "$(dirname "$0")/support.sh"
needs_kernel

mkdir corpus
scenario=$(agreeing)
for ((i = 0; i < 1000; ++i)); do echo "$scenario" >"corpus/scenario_$i.nat"; done
last="natstep check, interrupted"
# A background process of a script ignores SIGINT unless told otherwise; SIGTERM ends a run in the same way.
"$NATSTEP" check corpus --jobs 1 --format json >stdout 2>stderr &
parent=$!
for ((tries = 0; tries < 1000; ++tries)); do
  [[ -n $(pgrep -P "$parent") ]] && break
done
kill -TERM "$parent"
status=0
wait "$parent" || status=$?
expect_status 130
expect_in stdout '"interrupted": true'
expect_in stdout '"scenarios": 1000'
grep -q '"not_run": 0,' stdout && complain "nothing was left to run"

finish
