#!/bin/bash
# SPDX-License-Identifier: MIT
# The recipes for Slurm of packaging/docs/scale.md on a real one: a controller and four nodes on loopback, with a configuration and a key of their
# own, in a process and network namespace that ends with the test.
# shellcheck disable=SC2016 # stand-ins expand what is in single quotes
set -euo pipefail
skip() { printf '%s\n' "$1"; exit 77; }
((EUID == 0)) || skip 'needs root'
for tool in slurmctld slurmd srun sbatch munged unshare; do [[ -x $(command -v $tool || echo "/usr/sbin/$tool") ]] || skip "needs $tool"; done
if [[ ${1-} != inside ]]; then
    unshare --mount --pid --net --fork --kill-child --mount-proc true 2>/dev/null || skip 'needs namespaces'
    exec unshare --mount --pid --net --fork --kill-child --mount-proc bash "$0" inside
fi

page=$MUSTER_SOURCE_DIR/packaging/docs/scale.md
program=$MUSTER_PROGRAM
unset "${!MUSTER_@}"
work=$(mktemp -d /tmp/muster-slurm.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
mkdir bin log ledgers state munge
export PATH=$work/bin:$PATH:/usr/sbin HOME=$work DIR=$work/ledgers SLURM_CONF=$work/slurm.conf
fail() { printf '%s\n' "$*" "$(cat out err 2>/dev/null)" "$(tail -n 20 slurm-*.log 2>/dev/null)" >&2; exit 1; }
equal() { [[ $2 == "$3" ]] || fail "$1: '$2' instead of '$3'"; }
wait_for() { local try; for ((try = 0; try < 300; ++try)); do if "$@" > /dev/null 2>&1; then return; fi; sleep 0.1; done; fail "no success: $*"; }
extract() { awk -v fence="^\`\`\`[a-z]+ $1\$" '$0 ~ fence {on = 1; next} on && /^```$/ {exit} on' "$page" > "$1"; }

# --- the cluster
ip link set lo up
ip address add 192.0.2.1/32 dev lo # names are not looked up where there are only loopback addresses
mount -t tmpfs none /run
dd if=/dev/urandom of=munge/key bs=1 count=1024 2> /dev/null
chmod 400 munge/key
chmod 700 munge
munged --key-file "$work/munge/key" --socket "$work/munge/socket" --pid-file "$work/munge/pid" --log-file "$work/munge/log" \
    --seed-file "$work/munge/seed" --force > /dev/null 2>&1
name=$(hostname -s)
echo "127.0.0.1 localhost $name node1 node2 node3 node4" > hosts
mount --bind hosts /etc/hosts
cat > slurm.conf << END
ClusterName=test
SlurmctldHost=$name(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=17002
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmctldLogFile=$work/slurm-ctld.log
SlurmdLogFile=$work/slurm-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/builtin
KillWait=30
PlugStackConfig=/dev/null
NodeName=node[1-4] NodeHostname=$name NodeAddr=127.0.0.1 Port=[17011-17014] CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
slurmctld > out 2> err || fail 'slurmctld'
for node in 1 2 3 4; do slurmd -N node$node > out 2> err || fail "slurmd of node $node"; done
four_idle() { [[ $(sinfo -h -N -t idle -o %N | wc -l) == 4 ]]; }
wait_for four_idle

# --- the recipes
extract slurm.sh
extract array.sh
stand_in() { printf '#!/bin/bash\n%s\n' "$2" > "bin/$1"; chmod +x "bin/$1"; }
stand_in muster "exec '$program' --transport exec \"\$@\""
printf '#!/bin/sh\necho "$MUSTER_HOST $SLURM_PROCID" >> "%s/log/$$"\nexec %s/bin/deploy-rest\n' "$work" "$work" > deploy
chmod +x deploy
stand_in deploy-rest 'exit 0'
ran() { cat log/* 2>/dev/null | cut -d ' ' -f 1 | sort; }
anew() { rm -rf log ledgers; mkdir log ledgers; }
run() { code=0; timeout 120 sh "$1" > out 2> err || code=$?; }
commands() { pgrep -fc "$work/bin/deploy-rest" || true; }

run slurm.sh
equal 'srun: exit status' "$code" 0
equal 'srun: commands' "$(ran | wc -l) $(ran | uniq | wc -l)" '1000 1000'
equal 'srun: tasks' "$(cat log/* | cut -d ' ' -f 2 | sort -u | wc -l)" 8
muster --merge ledgers/*.jsonl --json > merged 2> /dev/null
muster --json -w 'web[1-1000]' true > single 2> /dev/null
results() { grep '"type":"result"' "$1" | sed 's/.*"host":"\([^"]*\)".*"state":"\([^"]*\)".*/\1 \2/' | sort; }
equal 'srun: merged results as those of one process' "$(results merged | sha256sum)" "$(results single | sha256sum)"
run slurm.sh
equal 'srun again: exit status and commands' "$code $(ran | wc -l)" '0 1000'

anew
stand_in deploy-rest '[[ $MUSTER_HOST == web7 ]] && sleep 2 && exit 1; exec -a "$0" sleep 300'
begun=$SECONDS
run slurm.sh
equal 'a failure in one shard: exit status' "$code" 1
(( SECONDS - begun < 40 )) || fail "the others were stopped after $((SECONDS - begun)) s"
equal 'a failure in one shard: what still runs' "$(commands)" 0
grep -q '"may_still_run":\[\]' <(muster --merge ledgers/*.jsonl --json 2> /dev/null) || fail 'a command is unknown'

anew
stand_in deploy-rest 'exit 0'
run array.sh
equal 'array: exit status and commands' "$code $(ran | wc -l) $(ran | uniq | wc -l)" '0 1000 1000'

anew
stand_in deploy-rest '[[ $MUSTER_HOST == web7 ]] && sleep 2 && exit 1; exec -a "$0" sleep 300'
run array.sh
[[ $code != 0 ]] || fail 'array with a failure: exit status 0'
equal 'array with a failure: what still runs' "$(commands)" 0
echo 'the recipes do on Slurm what the page says'
