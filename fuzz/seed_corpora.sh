#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# seed_corpora.sh SOURCE OUT: OUT/fuzz_NAME_seed_corpus.zip for each target, as ClusterFuzz and OSS-Fuzz take them.
set -euo pipefail
source=$1 out=$2
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

zip_of() {  # NAME: what lies in $work/NAME
  rm -f "$out/$1_seed_corpus.zip"
  (cd "$work/$1" && find . -type f | LC_ALL=C sort | zip -q -X "$out/$1_seed_corpus.zip" -@)
}

# Whole scenarios; their packets, one a file; their rules, a block a file.
mkdir -p "$work"/fuzz_{scenario,wire,rules,model,lockstep}
find "$source/corpus" -name '*.nat' -exec cp -t "$work/fuzz_scenario" {} +
awk -v out="$work/fuzz_wire/" '/^(in|send) / {
  sub(/^(in +[a-z0-9]+|send) +/, ""); print > (out "packet" ++n); close(out "packet" n) }' "$work"/fuzz_scenario/*.nat
awk -v out="$work/fuzz_rules/" '/^(iptables|ip6tables) \{/ { inside = 1; n++; next } /^\}/ { inside = 0 }
  inside { print > (out "rules" n); if (last != n) close(out "rules" last); last = n }' "$work"/fuzz_scenario/*.nat

# Programs: one fresh packet of each protocol, with an answer and an error about it.
for protocol in 00 01 02 03 04 05 06 80 81 82 83; do
  for target in fuzz_model fuzz_lockstep; do
    printf '01 00 01 00 00 00 00  00 00 00 00 %s 00 01 00 01 00 01 00 00  01 00 00 01 00 00 00 00 00 01 01 00 00  03 00 00 01 00 00 00 00 00 00 00 00 00' \
      "$protocol" | xxd -r -p > "$work/$target/conversation_$protocol"
  done
done

for target in fuzz_scenario fuzz_wire fuzz_rules fuzz_model fuzz_lockstep; do
  zip_of "$target"
done
