#!/bin/bash
# SPDX-License-Identifier: MIT
# The rollouts of packaging/docs/rollouts.md, run as they stand there: hosts are local processes, and load balancer, service and reboot are
# stand-ins. What the page says of a failure in the second batch is what comes out here, of muster and of Ansible.
# shellcheck disable=SC2016 # stand-ins expand what is in single quotes
set -euo pipefail
page=$MUSTER_SOURCE_DIR/packaging/docs/rollouts.md
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-deployments.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir bin log boots
export PATH=$work/bin:$PATH HOME=$work ANSIBLE_HOME=$work/ansible ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_NOCOWS=1
export ANSIBLE_RETRY_FILES_ENABLED=false ANSIBLE_FORCE_COLOR=false ANSIBLE_DEPRECATION_WARNINGS=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
program=$MUSTER_PROGRAM
unset "${!MUSTER_@}"

fail() { printf '%s\n' "$*" "$(cat "$work"/out "$work"/err 2>/dev/null)" >&2; exit 1; }
equal() { [[ $2 == "$3" ]] || fail "$1: '$2' instead of '$3'"; }
has() { grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"; }

extract() { # extract NAME: the block of that name
    awk -v fence="^\`\`\`[a-z]+ $1\$" '$0 ~ fence {on = 1; next} on && /^```$/ {exit} on' "$page" > "$1"
    [[ -s $1 ]] || fail "the page has no block $1"
}
for block in service.sh service.yml canary.sh canary-gate.sh canary.yml kernel.sh kernel.yml; do extract $block; done

lines() { # lines NAME: of a block, as the page's table has them
    grep -c . "$1"
}
stand_in() { printf '#!/bin/sh\n%s\n' "$2" > "bin/$1"; chmod +x "bin/$1"; }
cat > bin/muster <<EOF
#!/bin/sh
exec "$program" --transport exec "\$@"
EOF
chmod +x bin/muster
stand_in lb 'case $1 in drain) touch "$HOME/log/out-$2";; enable) rm -f "$HOME/log/out-$2";; esac'
stand_in curl 'exit 0'
stand_in apt-get 'exit 0'
stand_in systemctl 'sleep 0.05; echo "$MUSTER_HOST booted" >> "$HOME/log/boots"; echo "$$ $MUSTER_HOST" > "$HOME/boots/$MUSTER_HOST"; kill -KILL $PPID'
stand_in cat 'if [ "$1" = /proc/sys/kernel/random/boot_id ]; then exec /bin/cat "$HOME/boots/$MUSTER_HOST"; fi; exec /bin/cat "$@"'
printf '#!/bin/sh\necho "${MUSTER_HOST:-$1}" >> "$HOME/log/done"\n[ "${MUSTER_HOST:-$1}" != "$(/bin/cat "$HOME/bad" 2>/dev/null)" ]\n' > deploy
chmod +x deploy
timed() { # timed NAME COMMAND...: its exit status in code; the page has the times of a quiet machine
    local begun=${EPOCHREALTIME/./} name=$1
    shift
    code=0
    "$@" > out 2> err || code=$?
    printf '%s: %d ms\n' "$name" $(((${EPOCHREALTIME/./} - begun) / 1000))
}
run() { timed "$1" sh "$1"; }
drained() { find log -name 'out-*' | sed 's/.*out-//' | sort | paste -sd, -; }
count() { if [[ -e $1 ]]; then wc -l < "$1"; else echo 0; fi; }

# --- a service behind a load balancer
equal 'lines of service.sh' "$(lines service.sh)" 2
run service.sh
equal 'service, all well: exit status' "$code" 0
rm -rf log/* service.jsonl
echo web5 > bad
run service.sh
equal 'service: exit status' "$code" 1
equal 'service: hosts that ran, none of a third batch' "$(count log/done)" 11
equal 'service: hosts out of the load balancer' "$(drained)" web5
has err 'stopped in batch 2 of 4: '
rm bad
muster --resume service.jsonl > out 2> err || fail 'the resume failed'
equal 'service: hosts that ran in all' "$(count log/done)" 32
equal 'service: hosts out of the load balancer at the end' "$(drained)" ''

if command -v ansible-playbook > /dev/null; then
    equal 'lines of service.yml' "$(lines service.yml)" 15
    { echo '[web]'; seq -f 'web%g ansible_connection=local ansible_python_interpreter=/usr/bin/python3' 31; } > inventory
    play() { timed "$1" ansible-playbook -i inventory -f 10 "$2"; }
    with_deploy() { sed "s|command: ./deploy|command: $work/deploy {{ inventory_hostname }}|" "$1" > run.yml; }
    rm -rf log/*
    with_deploy service.yml
    play service.yml run.yml
    equal 'Ansible, all well: exit status' "$code" 0
    rm -rf log/*
    echo web5 > bad
    play 'service.yml with a failure' run.yml
    rm bad
    equal 'Ansible: exit status' "$code" 2
    equal 'Ansible: hosts that ran' "$(count log/done)" 11
    equal 'Ansible: hosts out of the load balancer' "$(drained | tr ',' '\n' | wc -l)" 10
    ansible-playbook -i inventory --syntax-check canary.yml > out 2> err || fail canary.yml
    ansible-playbook -i inventory --syntax-check kernel.yml > out 2> err || fail kernel.yml
    local_host='ansible_connection=local ansible_python_interpreter=/usr/bin/python3'
    { echo '[app]'; seq -f "app%g $local_host" 10; } > inventory
    rm -rf log/*
    sed '/- pause:/,+1d' canary.yml > canary.yml.run
    with_deploy canary.yml.run
    play canary.yml run.yml
    equal 'Ansible, canary: hosts that ran' "$code $(count log/done)" '0 10'
    rm -rf log/*
    echo app3 > bad
    play 'canary.yml with a failure' run.yml
    rm bad
    equal 'Ansible, canary with a failure: hosts that ran' "$code $(count log/done)" '2 4'
    { echo '[all]'; for rack in 1 2 3 4; do seq -f "r${rack}n%g $local_host" 5; done; } > inventory
    sed -e "s|command: apt-get.*|command: $work/deploy {{ inventory_hostname }}|" -e '/reboot_timeout/d' \
        -e "s|- reboot:|- command: test {{ inventory_hostname }} != r1n3|" kernel.yml > run.yml
    rm -rf log/*
    play 'kernel.yml with a failure' run.yml
    equal 'Ansible, kernel with a failure: hosts that ran' "$code $(count log/done)" '2 11'
    equal 'lines of canary.yml' "$(lines canary.yml)" 10
    equal 'lines of kernel.yml' "$(lines kernel.yml)" 10
else
    echo 'no Ansible here: muster alone'
fi

# --- a canary, then thirds
equal 'lines of canary.sh' "$(lines canary.sh)" 1
sed -i 's/--soak 30m/--soak 100ms/' canary.sh canary-gate.sh
rm -rf log/*
cat > at_terminal.py <<'EOF'
import os, pty, sys
process, terminal = pty.fork()
if process == 0:
    os.execvp("sh", ["sh", sys.argv[1]])
answers, text = list(sys.argv[2:]), b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    text += piece
    if text.endswith(b"[y/n/all/show] ") and answers:
        os.write(terminal, answers.pop(0).encode() + b"\n")
print(text.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
EOF
code=0
python3 at_terminal.py canary.sh y y n > out 2> err || code=$?
equal 'canary: exit status after a no' "$code" 1
equal 'canary: hosts that ran' "$(count log/done)" 7
has out 'batch 4 of 4, 3 hosts: app[8-10]. So far 7 ok, 0 failed.'
echo 'muster --resume canary.jsonl' > resume.sh
python3 at_terminal.py resume.sh y > out 2> err || fail 'canary: the resume failed'
equal 'canary: hosts that ran in all' "$(count log/done)" 10
equal 'canary: hosts that ran twice' "$(sort log/done | uniq -d)" ''

rm -rf log/* canary.jsonl
echo app3 > bad
code=0
LOGNAME=operator python3 at_terminal.py canary.sh y > out 2> err || code=$?
rm bad
equal 'canary with a failure: exit status' "$code" 1
equal 'canary with a failure: hosts that ran' "$(sort log/done | paste -sd' ' -)" 'app1 app2 app3 app4'
equal 'canary with a failure: questions' "$(grep -oF '[y/n/all/show] ' out | wc -l)" 1
equal 'canary with a failure: who said yes' "$(grep '"type":"approved"' canary.jsonl | grep -c '"by":"operator"')" 1

rm -rf log/* canary.jsonl
touch approved-1 approved-2 approved-3 approved-4
run canary-gate.sh
equal 'canary with a gate: exit status' "$code" 0
equal 'canary with a gate: hosts' "$(count log/done)" 10

# --- a kernel update
equal 'lines of kernel.sh' "$(lines kernel.sh)" 2
for rack in 1 2 3 4; do for node in 1 2 3 4 5; do echo old > "boots/r${rack}n$node"; done; done
run kernel.sh
equal 'kernel: exit status' "$code" 0
equal 'kernel: boots' "$(sort -u log/boots | wc -l)" 20
has err '20 hosts: 20 ok'
sed 's/--expect-reboot 10m/--expect-reboot 3s/' kernel.sh > stays.sh
rm -f kernel.jsonl
stand_in systemctl '[ $MUSTER_HOST != r1n3 ] || exit 0; echo "$$ $MUSTER_HOST" > "$HOME/boots/$MUSTER_HOST"; kill -KILL $PPID'
run stays.sh
equal 'a host that stays in its boot: exit status' "$code" 1
has err 'r1n3: check: has not rebooted within 3 s (--expect-reboot)'
has err 'stopped in batch 2 of 3'
(( $(grep -c '"type":"command_sent"' kernel.jsonl) <= 11 )) || fail 'a host that stays in its boot: a third batch has begun'
echo "the rollouts of the page do what it says"
