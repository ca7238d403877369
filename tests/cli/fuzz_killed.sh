# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign that is killed ten times at random moments, and one on a disk that is full: every finding that could be seen is
# there afterwards, and whole.
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/finding_support.sh"
needs_kernel

seen=()
for round in 1 2 3 4 5 6 7 8 9 10; do
  "$NATSTEP" fuzz --jobs 2 --seed "$round" --out night --break l4_checksum_follows_port >log 2>&1 &
  campaign=$!
  ((round > 1)) || await_file 'night/findings/[a-z]*'
  pause "$((RANDOM % 2)).$((RANDOM % 9 + 1))"
  mapfile -t announced < <(find night/findings -mindepth 1 -maxdepth 1 -name '[a-z]*' 2>/dev/null)
  kill -9 $campaign 2>/dev/null || complain "round $round: the campaign ended by itself: $(tail -n 2 log)"
  wait $campaign 2>/dev/null || true
  seen+=("${announced[@]}")
done
((${#seen[@]} > 0)) || complain "nothing was found in ten rounds"
expect_all_kept night "${seen[@]}"

run fuzz --for 1s --jobs 1 --out night
((status == 0 || status == 1)) || complain "$last: exit status $status: $(tail -n 3 stderr)"
[[ -z $(find night/findings/.incoming -type f 2>/dev/null) ]] || complain "what was half-written is still there"
run fuzz --report night
expect_status 0

# A disk of 160 kilobytes is full soon.
mkdir small
status=0
unshare --map-root-user --mount bash -c 'mount -t tmpfs -o size=160k none small && "$0" fuzz --for 20s --jobs 1 --out small/night \
  --break l4_checksum_follows_port >out 2>&1; echo $? >code; df --output=pcent small | tail -n 1; cp -r small/night full 2>/dev/null' \
  "$NATSTEP" >percent || status=$?
if [[ -s code ]]; then
  [[ $(<code) == [01] ]] || complain "on a full disk the campaign ends with $(<code): $(tail -n 3 out)"
  [[ $(<percent) =~ (9[0-9]|100)% ]] || complain "the disk did not get full: $(<percent)"
  for finding in full/findings/[a-z]*; do
    [[ -d $finding ]] && expect_whole "$finding"
  done
fi

finish
