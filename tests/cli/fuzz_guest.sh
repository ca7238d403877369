# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign in a guest, where a user-mode Linux is at hand whose time passes: it tells what it reached in the kernel, finds a
# broken clause, and outlives its guest.
. "$(dirname "$0")/support.sh"

kernels=$("$NATSTEP" kernels | awk '$2 == "uml" && $1 !~ /-vt/ { print $1 }')
kernel=$(grep -e '-kcov$' <<<"$kernels" | tail -1 || true)
[[ -n $kernel ]] || kernel=$(tail -1 <<<"$kernels")
[[ -n $kernel ]] || { echo "needs a user-mode Linux (natstep kernels build)"; exit 4; }

run fuzz --for 12s --jobs 1 --seed 2 --kernel "$kernel" --out clean
expect_status 0
expect_in stdout '^executions  [1-9]'
expect_in stdout '^findings    0'
[[ -n $(ls clean/corpus) ]] || complain "no program reached the host"
if [[ $kernel == *-kcov ]]; then
  expect_in stdout '^kernel      [0-9]{3,} places'
  run fuzz --report clean
  expect_in clean/report.html 'net/netfilter/nf_nat_core.c'
  [[ -s clean/points.txt ]] || complain "which places there are is not told"
fi

run fuzz --for 60s --jobs 1 --seed 1 --kernel "$kernel" --out broken --until-found --break l4_checksum_follows_port
expect_status 1
expect_in stdout '^findings    [1-9]'
[[ -n $(ls broken/findings/*/scenario.nat) ]] || complain "the finding did not reach the host"

# Three digits of a program's name: about one program in three hundred.
run fuzz --for 20s --jobs 1 --kernel "$kernel" --out crashed --crash-guest-at abc
expect_status 1
expect_in stdout '^CRASHES     [1-9]'
expect_in stdout '^executions  [1-9]'
expect_in stderr 'a guest.s kernel died \(panic'
for crash in crashed/crashes/*; do
  for file in trouble.txt console.txt program box.txt before.txt scenario.nat report.txt report.json packets.pcapng packets.py reproduce.py; do
    [[ -s $crash/$file ]] || complain "$crash has no $file"
  done
  # What the kernel was made to die of is nothing that others would die of.
  expect_in "$crash/report.txt" '^BROKEN  scenario.nat  kernel: panic'
  run run "$crash/scenario.nat" --kernel "$kernel"
  ((status == 0 || status == 3)) || complain "$crash/scenario.nat ends with $status: $(tail -n 3 stderr)"
  python3 "$crash/reproduce.py" >again || complain "$crash/reproduce.py: $(tail -n 3 again)"
  expect_in again '^This kernel lives'
  expect_in "$crash/again.txt" '^did not come again$'
done
run fuzz --report crashed
expect_in crashed/report.html 'did not come again'

# Two letters that are in one of some twenty programs' names, and in the word scenario: there the kernel dies of that, too.
run fuzz --for 30s --jobs 1 --seed 3 --kernel "$kernel" --out twice --until-found --crash-guest-at ce
expect_status 1
expect_in stderr 'repeats 1 of 1$'
for crash in twice/crashes/*; do
  expect_in "$crash/again.txt" '^repeats 1 of 1$'
done

finish
