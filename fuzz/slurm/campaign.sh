#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign on a cluster: a job array of shards, each with namespaces of its own, and behind it a job that writes the page.
# The shards keep their programs together in SHARED/corpus, and each its findings in SHARED/shard-N; the page's job brings
# those together by signature.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: campaign.sh --shards N --for TIME --dir SHARED [--sbatch OPTION]... [NATSTEP OPTION]...
  --shards N        how many processes
  --for TIME        how long each fuzzes: 90s, 10m, 8h
  --dir SHARED      a folder that all nodes see
  --sbatch OPTION   for sbatch, such as --sbatch=--partition=night; may be given again
  whatever else     for natstep fuzz, such as --seeds corpus
The program is $NATSTEP, or natstep in PATH. The same command goes on where the last one ended.
TEXT
  exit 2
}

shards= time= shared=
sbatch_options=() natstep_options=()
while (($# > 0)); do
  case $1 in
    --shards) shards=${2:?} && shift 2 ;;
    --for) time=${2:?} && shift 2 ;;
    --dir) shared=${2:?} && shift 2 ;;
    --sbatch=*) sbatch_options+=("${1#--sbatch=}") && shift ;;
    --sbatch) sbatch_options+=("${2:?}") && shift 2 ;;
    -h | --help) usage ;;
    *) natstep_options+=("$1") && shift ;;
  esac
done
[[ $shards =~ ^[1-9][0-9]*$ && -n $time && -n $shared ]] || usage

NATSTEP=$(command -v "${NATSTEP:-natstep}") || { echo "campaign.sh: no natstep; say NATSTEP=/path/to/it" >&2; exit 2; }
export NATSTEP
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$shared/corpus" "$shared/logs"
shared=$(cd "$shared" && pwd)

array=$(sbatch --parsable --array="1-$shards" --output="$shared/logs/shard-%a.log" "${sbatch_options[@]}" \
  "$here/shard.sbatch" "$shared" "$time" "${natstep_options[@]}")
report=$(sbatch --parsable --dependency="afterany:$array" --output="$shared/logs/report.log" "${sbatch_options[@]}" \
  --job-name=natstep-report --wrap "'$NATSTEP' fuzz --report '$shared'")
echo "shards $array, page $report: $shared/report.html"
