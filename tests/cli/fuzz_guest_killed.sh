# SPDX-License-Identifier: GPL-2.0-or-later
# Campaigns in guests: killed at random moments, robbed of a guest, and on a disk that is full. Every finding that could be seen
# is there afterwards, and whole; no guest is left behind.
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/finding_support.sh"

kernels=$("$NATSTEP" kernels | awk '$2 == "uml" && $1 !~ /-vt/ { print $1 }')
kernel=$(grep -e '-kcov$' <<<"$kernels" | tail -1 || true)
[[ -n $kernel ]] || kernel=$(tail -1 <<<"$kernels")
[[ -n $kernel ]] || { echo "needs a user-mode Linux (natstep kernels build)"; exit 4; }

children_of() { cat /proc/"$1"/task/*/children 2>/dev/null || true; }
descendants_of() {
  local child
  for child in $(children_of "$1"); do
    echo "$child"
    descendants_of "$child"
  done
}
campaign_in() {
  "$NATSTEP" fuzz --jobs 2 --kernel "$kernel" --out "$1" --break l4_checksum_follows_port "${@:2}" >log 2>&1 &
  campaign=$!
}

seen=()
for round in 1 2 3; do
  campaign_in night --seed "$round"
  await_file 'night/findings/[a-z]*'
  pause "$((RANDOM % 3)).$((RANDOM % 9 + 1))"
  mapfile -t announced < <(find night/findings -mindepth 1 -maxdepth 1 -name '[a-z]*')
  mapfile -t processes < <(descendants_of $campaign)
  kill -9 $campaign 2>/dev/null || complain "round $round: the campaign ended by itself: $(tail -n 2 log)"
  wait $campaign 2>/dev/null || true
  seen+=("${announced[@]}")
  for process in "${processes[@]}"; do
    for ((i = 0; i < 50; ++i)); do
      [[ -d /proc/$process ]] || break
      pause 0.1
    done
    [[ ! -d /proc/$process ]] || complain "round $round: $(tr '\0' ' ' <"/proc/$process/cmdline") is still there"
  done
done
expect_all_kept night "${seen[@]}"

# A guest that somebody kills is an outcome, and another one goes on in its place.
campaign_in robbed --seed 4 --for 120s
await_file 'robbed/corpus/[0-9a-f]*'
worker=$(children_of $campaign | awk '{ print $1 }')
kill -9 $(children_of "$worker" | awk '{ print $1 }')
await_file 'robbed/crashes/*/trouble.txt'
before=$(ls robbed/corpus | wc -l)
for ((i = 0; i < 300; ++i)); do
  (($(ls robbed/corpus | wc -l) > before)) && [[ -n $(descendants_of "$worker") ]] && break
  pause 0.1
done
((i < 300)) || complain "nobody went on"
# Ctrl-C ends it in order.
kill -INT $campaign
status=0
wait $campaign || status=$?
[[ $status == 1 ]] || complain "interrupted, the campaign ends with $status: $(tail -n 3 log)"
grep -q '^CRASHES     [1-9]' log || complain "the guest's end is not counted"
compgen -G 'robbed/gave_up/*.json' >/dev/null || complain "the campaign did not end in order"

mkdir small
status=0
unshare --map-root-user --mount bash -c 'mount -t tmpfs -o size=160k none small && "$0" fuzz --for 15s --jobs 1 --out small/night \
  --kernel "$1" --break l4_checksum_follows_port >out 2>&1; echo $? >code; cp -r small/night full 2>/dev/null' \
  "$NATSTEP" "$kernel" || status=$?
if [[ -s code ]]; then
  [[ $(<code) == [01] ]] || complain "on a full disk the campaign ends with $(<code): $(tail -n 3 out)"
  grep -q 'the disk refused [0-9]* writes' out || complain "the disk did not get full"
  for finding in full/findings/[a-z]*; do
    [[ ! -d $finding ]] || expect_whole "$finding"
  done
fi

finish
