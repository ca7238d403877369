# SPDX-License-Identifier: GPL-2.0-or-later
# For tests that kill campaigns.

# A finding is whole when it has all its files in full length: each kind has an end of its own.
expect_whole() {
  local finding=$1 file
  for file in scenario.nat report.txt report.json packets.pcapng packets.py signature.txt lineage.txt; do
    [[ -s $finding/$file ]] || complain "$finding has no $file"
  done
  compgen -G "$finding/seen*.json" >/dev/null || complain "$finding was seen by nobody"
  [[ $(tail -c 2 "$finding/report.json") == "}" ]] || complain "$finding/report.json is cut off"
  [[ -s $finding/reproduce.txt || $(tail -n 1 "$finding/reproduce.py") == *"sys.exit(main())" ]] ||
    complain "$finding/reproduce.py is cut off"
}

# expect_all_kept CAMPAIGN FOLDER...: what was announced is there, and all that is there is whole.
expect_all_kept() {
  local campaign=$1 finding
  for finding in "${@:2}"; do
    [[ -d $finding ]] || complain "$finding was there and is not"
  done
  for finding in "$campaign"/findings/[a-z]*; do
    expect_whole "$finding"
  done
}

# await_file PATTERN: up to 60 s, since a machine that is busy boots slowly; `log` tells what goes on meanwhile.
await_file() {
  local i
  for ((i = 0; i < 600; ++i)); do
    compgen -G "$1" >/dev/null && return
    pause 0.1
  done
  complain "there is no $1: $(tail -n 3 log)"
}

pause() { read -rt "$1" <> <(:) || true; }
