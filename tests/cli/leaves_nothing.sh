# SPDX-License-Identifier: GPL-2.0-or-later
# The machine's own network is the same before and after, also when the program is killed in the middle.
. "$(dirname "$0")/support.sh"
needs_kernel

# Everything of the network that a run could touch, and the namespaces that are alive.
look() (
  set +e +o pipefail
  ip -o link | sed 's/ state.*//'
  ip -o -4 addr show | sed 's/valid_lft.*//'
  ip route
  ip rule
  ip netns
  nft list ruleset 2>/dev/null
  # Listing legacy rules would make their tables.
  cat /proc/net/ip_tables_names 2>/dev/null
  grep -E '198\.51\.100\.|203\.0\.113\.|10\.0\.1\.' /proc/net/nf_conntrack 2>/dev/null
  sysctl -a 2>/dev/null | grep -E '^net\.' | grep -Ev 'count|random|_avail|fs_|tcp_mem|udp_mem|gc_|neigh'
  # A namespace lives as long as a process is in it or a mount holds it.
  pgrep -cf -- "$NATSTEP"
  grep nsfs /proc/self/mountinfo
  true
)

look >before 2>&1
run check --format json
# What the scenarios came to does not matter here.
((status != 2 && status < 5)) || expect_status 0
look >after 2>&1
diff before after || complain "a run changed the machine's network"

# kill -9 of the parent as soon as workers are alive.
"$NATSTEP" check --jobs 2 >/dev/null 2>&1 &
parent=$!
for ((tries = 0; tries < 1000; ++tries)); do
  [[ -n $(pgrep -P "$parent") ]] && break
done
workers=$(pgrep -P "$parent" || true)
[[ -n $workers ]] || complain "no worker was seen"
kill -9 "$parent"
wait "$parent" 2>/dev/null || true
for worker in $workers; do
  # Death by the parent's death is prompt, but not the same instant.
  timeout 10 tail --pid="$worker" -f /dev/null || complain "worker $worker outlived its parent"
done
look >after 2>&1
diff before after || complain "kill -9 left something behind"

finish
