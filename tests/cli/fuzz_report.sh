# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign's page, its programs made fewer, and two campaigns brought together.
. "$(dirname "$0")/support.sh"
needs_kernel

# Two shards that exchange programs, each for a few seconds, with a clause that is wrong.
for shard in 1 2; do
  run fuzz --for 6s --jobs 1 --seed $shard --out all/shard-$shard --share all/corpus \
    --break l4_checksum_follows_port
  ((status == 0 || status == 1)) || complain "$last: exit status $status: $(tail -n 3 stderr)"
  [[ -s all/shard-$shard/progress.jsonl ]] || complain "shard $shard tells no progress"
done
[[ ! -e all/shard-1/corpus ]] || complain "--share is not obeyed"

run fuzz --report all
expect_status 0
expect_in stdout '^all/report.html$'
expect_in all/report.html 'l4_checksum_follows_port'
expect_in all/report.html 'clauses reached'
[[ $(ls all/findings | wc -l) -ge 1 ]] || complain "no finding was gathered"

before=$(ls all/corpus | wc -l)
run corpus minimize --dry-run all
expect_status 0
[[ $(ls all/corpus | wc -l) == "$before" ]] || complain "--dry-run removed something"
run corpus minimize all
expect_status 0
(($(ls all/corpus | wc -l) < before)) || complain "of $before programs none was needless"

run corpus export all scenarios
expect_status 0
expect_in stdout '^[1-9][0-9]* of [0-9]+ programs are scenarios in scenarios$'
[[ $(ls scenarios/*.nat | wc -l) == "$(grep -oE '^[0-9]+' stdout)" ]] || complain "not each program has its scenario"
# What a campaign found may diverge; all of it can be read and played.
run check scenarios
((status != 2 && status != 5)) || complain "$last: exit status $status: $(tail -n 3 stderr)"

run corpus merge seeds "$NATSTEP_SOURCE/corpus/snat"
expect_status 0
expect_in stdout '^[1-9][0-9]* of [0-9]+ programs reach something new and are added'
run corpus merge seeds "$NATSTEP_SOURCE/corpus/snat"
expect_status 0
expect_in stdout '^[0-9] of [0-9]+ programs reach something new'

refuses 'there is no such folder' corpus minimize nowhere
refuses 'there is no such folder' corpus export nowhere scenarios
refuses 'there was no campaign' fuzz --report seeds
refuses 'subcommand' corpus

finish
