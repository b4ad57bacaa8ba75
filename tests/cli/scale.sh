#!/bin/bash
# SPDX-License-Identifier: MIT
# The recipes of packaging/docs/scale.md, run as they stand there over a local process per host. srun, sbatch and parallel are stand-ins that set
# the variables of the real ones and stop the other tasks as these do; an Indexed Job is what its YAML says, once per index.
# shellcheck disable=SC2016 # stand-ins expand what is in single quotes
set -euo pipefail
page=$MUSTER_SOURCE_DIR/packaging/docs/scale.md
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-scale.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir bin log ledgers
export PATH=$work/bin:$PATH HOME=$work DIR=$work/ledgers
program=$MUSTER_PROGRAM
unset "${!MUSTER_@}"

fail() { printf '%s\n' "$*" "$(cat "$work"/out "$work"/err 2>/dev/null)" >&2; exit 1; }
equal() { [[ $2 == "$3" ]] || fail "$1: '$2' instead of '$3'"; }
has() { grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"; }
extract() {
    awk -v fence="^\`\`\`[a-z]+ $1\$" '$0 ~ fence {on = 1; next} on && /^```$/ {exit} on' "$page" > "$1"
    [[ -s $1 ]] || fail "the page has no block $1"
}
for block in slurm.sh array.sh job.yml parallel.sh bastions.sh; do extract $block; done
stand_in() { printf '#!/bin/bash\n%s\n' "$2" > "bin/$1"; chmod +x "bin/$1"; }
stand_in muster "exec '$program' --transport exec \"\$@\""
stand_in deploy 'echo "${MUSTER_HOST}" >> "$HOME/log/$$"; exec "$HOME/bin/deploy-rest"'
cp bin/deploy deploy
stand_in deploy-rest 'exit 0'
stand_in srun 'tasks=8; while [[ $1 == -* ]]; do shift; done
for ((k = 0; k < tasks; k++)); do SLURM_PROCID=$k SLURM_NTASKS=$tasks "$@" & pids+=($!); done
worst=0; for pid in "${pids[@]}"; do wait -n "${pids[@]}" || { ((worst)) || kill -TERM "${pids[@]}" 2>/dev/null; worst=1; }; done; wait; exit $worst'
stand_in sbatch 'for word; do [[ $word == --wrap ]] && take=1 && continue; [[ ${take:-} ]] && command=$word; done
for k in 0 1 2 3 4 5 6 7; do SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8 sh -c "$command" & pids+=($!); done
worst=0; for pid in "${pids[@]}"; do wait "$pid" || worst=1; done; exit $worst'
stand_in parallel 'while [[ $1 == -* ]]; do [[ $1 == --halt ]] && shift; shift; done
worst=0; while read -r k; do line="$*"; sh -c "${line//\{\}/$k}" < /dev/null & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid" || worst=1; done; exit $worst'
ran() { cat log/* 2>/dev/null | sort; }
once_each() { # all hosts, none twice
    equal "$1: commands" "$(ran | wc -l)" 1000
    equal "$1: hosts" "$(ran | uniq | wc -l)" 1000
}
anew() { rm -rf log ledgers; mkdir log ledgers; }
run() { code=0; sh "$1" > out 2> err || code=$?; }

run slurm.sh
equal 'srun: exit status' "$code" 0
once_each srun
has err '1000 hosts: 1000 ok'
run slurm.sh
equal 'srun, started again: exit status' "$code" 0
once_each 'srun, started again'

anew
# The failure comes when every task has begun: a ledger that is not there can't be merged.
stand_in deploy-rest '[[ $MUSTER_HOST != web7 ]] || { for ((i = 0; i < 600; i++)); do
[[ $(find "$DIR" -name "*.jsonl" -size +0 | wc -l) == 8 ]] && break; sleep 0.1; done; exit 1; }; [[ -e $HOME/log/go ]] || sleep 0.01'
run slurm.sh
equal 'srun with a failure: exit status' "$code" 1
(( $(ran | wc -l) < 1000 )) || fail 'the failure has stopped nobody'
stand_in deploy-rest 'exit 0'
run slurm.sh
equal 'srun after the failure: exit status' "$code" 0
equal 'srun after the failure: hosts' "$(ran | sort -u | wc -l)" 1000
has err '1000 hosts: 1000 ok'

anew
run array.sh
equal 'array: exit status' "$code" 0
once_each array
anew
# As above: the failure comes when every task has begun.
stand_in deploy-rest '[[ $MUSTER_HOST != web7 ]] || { for ((i = 0; i < 600; i++)); do
[[ $(find "$DIR" -name "*.jsonl" -size +0 | wc -l) == 8 ]] && break; sleep 0.1; done; exit 1; }; sleep 0.01'
run array.sh
equal 'array with a failure: exit status' "$code" 1
(( $(ran | wc -l) < 1000 )) || fail 'array: the failure has stopped nobody'
equal 'array with a failure: the stop file' "$(cat "$DIR/stop")" now
stand_in deploy-rest 'exit 0'
run array.sh
equal 'array after the failure: exit status' "$code" 0
equal 'array after the failure: hosts' "$(ran | sort -u | wc -l)" 1000

anew
/usr/bin/python3 -c 'import yaml' 2>/dev/null || { echo 'python3-yaml is not installed'; exit 77; }
/usr/bin/python3 - > job.sh <<'END'
import shlex, yaml
job = yaml.safe_load(open("job.yml"))["spec"]
pod = job["template"]["spec"]
assert job["completionMode"] == "Indexed" and job["podReplacementPolicy"] == "Failed" and pod["restartPolicy"] == "Never"
container = pod["containers"][0]
count = job["completions"]
assert job["parallelism"] == count and container["env"] == [{"name": "MUSTER_SHARDS", "value": str(count)}]
command = shlex.join(container["command"]).replace("/ledgers/", "ledgers/")
print(f'pids=; for k in $(seq 0 {count - 1}); do JOB_COMPLETION_INDEX=$k MUSTER_SHARDS={count} {command} & pids="$pids $!"; done')
print('worst=0; for pid in $pids; do wait $pid || worst=1; done; exit $worst')
END
run job.sh
equal 'Indexed Job: exit status' "$code" 0
once_each 'Indexed Job'
run job.sh
equal 'a second pod of each index: exit status' "$code" 0
once_each 'a second pod of each index'

anew
run parallel.sh
equal 'parallel: exit status' "$code" 0
once_each parallel

anew
run bastions.sh
equal 'bastions: exit status' "$code" 0
once_each bastions
echo "the recipes of the page do what it says"
