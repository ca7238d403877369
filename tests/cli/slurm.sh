# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign as a job array, on a cluster of four nodes that are all this machine: munged, slurmctld and the slurmds run in
# namespaces of their own, with all their files in the test's folder. Skipped where Slurm is not installed.
. "$(dirname "$0")/support.sh"
needs_kernel
PATH=$PATH:/usr/sbin:/sbin
for needed in slurmctld slurmd sbatch munged; do
  command -v $needed >/dev/null && continue
  echo "needs $needed (apt-get install slurmctld slurmd slurm-client munge)"
  exit 4
done
((EUID == 0)) || { echo "needs root: Slurm's daemons want to be it"; exit 4; }

# Again, in namespaces of its own: the daemons end with the first process in there.
if [[ -z ${NATSTEP_SLURM_INSIDE:-} ]]; then
  status=0
  NATSTEP_SLURM_INSIDE=1 unshare --net --uts --mount --pid --fork --kill-child --mount-proc bash "$0" || status=$?
  exit $status
fi

hostname cluster
ip link set lo up
ip addr add 192.0.2.1/32 dev lo # names are not resolved where 127.0.0.1 is the only address (getaddrinfo, AI_ADDRCONFIG)
mkdir -p spool state munge
chmod 700 munge
printf '127.0.0.1 localhost\n192.0.2.1 cluster\n' >hosts
mount --bind hosts /etc/hosts
head -c 1024 /dev/urandom >munge/key
chmod 600 munge/key
munged --force --socket="$scratch/munge/socket" --key-file="$scratch/munge/key" --pid-file="$scratch/munge/pid" \
  --log-file="$scratch/munge/log" --seed-file="$scratch/munge/seed"

cat >slurm.conf <<CONF
ClusterName=natstep
SlurmctldHost=cluster
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool/%n
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/spool/%n.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/spool/%n.log
NodeName=node1 NodeHostname=cluster NodeAddr=192.0.2.1 Port=17001 CPUs=1 State=UNKNOWN
NodeName=node2 NodeHostname=cluster NodeAddr=192.0.2.1 Port=17002 CPUs=1 State=UNKNOWN
NodeName=node3 NodeHostname=cluster NodeAddr=192.0.2.1 Port=17003 CPUs=1 State=UNKNOWN
NodeName=node4 NodeHostname=cluster NodeAddr=192.0.2.1 Port=17004 CPUs=1 State=UNKNOWN
PartitionName=night Nodes=node[1-4] Default=YES State=UP
CONF
export SLURM_CONF=$scratch/slurm.conf
slurmctld
for node in 1 2 3 4; do
  mkdir -p spool/node$node
  slurmd -N node$node
done

# At most `tries` times a tenth of a second, until the command succeeds.
await() {
  local tries=$1
  shift
  for ((i = 0; i < tries; ++i)); do
    "$@" && return
    read -rt 0.1 <> <(:) || true
  done
  complain "never: $*"
  tail -n 5 slurmctld.log spool/*.log
  finish
}
four_nodes_idle() { [[ $(sinfo -h -N -o '%T' 2>/dev/null | grep -c '^idle$') == 4 ]]; }
await 300 four_nodes_idle

export NATSTEP
bash "$NATSTEP_SOURCE/fuzz/slurm/campaign.sh" --shards 4 --for 6s --dir campaign --break l4_checksum_follows_port >submitted ||
  complain "campaign.sh fails"
expect_in submitted '^shards [0-9]+, page [0-9]+: .*/campaign/report.html$'
queue_is_empty() { [[ -z $(squeue -h 2>/dev/null) ]]; }
await 1200 queue_is_empty

for shard in 1 2 3 4; do
  [[ -s campaign/shard-$shard/progress.jsonl ]] || { complain "shard $shard did not run"; cat campaign/logs/shard-$shard.log; }
done
[[ -s campaign/report.html ]] || { complain "no page"; cat campaign/logs/report.log; }
(($(ls campaign/corpus | wc -l) > 50)) || complain "the shards keep no programs together"
# What several shards found is one finding.
found=$(cat campaign/shard-*/findings/*/signature.txt | sort -u | wc -l)
gathered=$(ls campaign/findings | wc -l)
((found > 0 && gathered == found)) || complain "$found signatures, $gathered folders"

scontrol shutdown || true
finish
