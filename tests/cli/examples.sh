#!/bin/bash
# SPDX-License-Identifier: MIT
# The example programs, on a fleet of real OpenSSH servers that is configured as a user's own would be.
# shellcheck disable=SC2016 # the hosts expand what is in single quotes
set -euo pipefail
examples=$(dirname "$MUSTER_PROGRAM")/tests
fleet=$MUSTER_SOURCE_DIR/packaging/fleet

home=$(mktemp -d "${TMPDIR:-/tmp}/muster-examples.XXXXXX")
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-examples.XXXXXX")
trap '"$fleet" stop "$work"; rm -rf "$work" "$home"' EXIT
"$fleet" start "$work" web1 web2 db1
mkdir -m 700 "$home/.ssh"
cp "$work/config" "$home/.ssh/config"
export HOME=$home
unset SSH_AUTH_SOCK

expect() { # expect NAME CODE TEXT: what the example ended with and printed
    [[ $code == "$2" ]] || { printf '%s: exit code %s instead of %s\n%s\n' "$1" "$code" "$2" "$output"; exit 1; }
    [[ $output == "$3" ]] || { printf '%s printed\n%s\ninstead of\n%s\n' "$1" "$output" "$3"; exit 1; }
}
run() { # run NAME ARGUMENT...
    code=0
    output=$("$examples/example_$1" "${@:2}" 2>&1) || code=$?
}

run library 'web[1-2]' 'echo hello from $NODE'
output=$(grep -v '^muster: ' <<<"$output" | sort)
expect library 0 $'web1: hello from web1\nweb2: hello from web2'
run library web1 'printf "\033]0;title\007\n" >&2'
output=$(grep -v '^muster: ' <<<"$output")
expect 'library, exact where it is no terminal' 0 $'web1: \033]0;title\007'
run first_failure 'web1,db1' 'if [ $NODE = db1 ]; then sleep 1; exit 3; fi; sleep 60'
expect first_failure 1 $'web1: command: stopped\ndb1: command: exit status 3 (status 3)'
run first_failure 'web1,db1' true
expect first_failure 0 'every host is ok'
run ticker 'web[1-2]' 'sleep 1'
expect ticker 0 '2 ok, ticking'
run cancel web1 'echo before; sleep 60'
expect cancel 0 'web1 stopped, command ended, 7 bytes'
run own_sink 'web[1-2]' 'head -c 20000000 /dev/zero'
expect own_sink 0 '40000000 bytes, never much ahead'
run as_they_come 'web1,db1' 'if [ $NODE = web1 ]; then sleep 1; fi; echo $NODE'
expect as_they_come 0 $'db1 ok: db1\nweb1 ok: web1'
run coroutines
expect coroutines 0 $'1\nfailed: 2 is not to be had\n9\nfailed: timed out\n25'
run async 'web[1-2]' db1 '[ $NODE != web2 ]'
[[ $output == db1:* ]] && output=$(tail -n +2 <<<"$output"; head -n 1 <<<"$output") # whichever fleet is first
expect async 0 $'web[1-2]: 1 ok\nweb2: command: exit status 1\ndb1: 1 ok'
run dialogue web1
expect dialogue 0 $'web1 has /proc\n3 to the 8th is 6561\nok: cat'
echo 'a file' >"$work/file"
run per_host 'web[1-2]' "$work/file"
expect per_host 0 $'web1: a file\nweb2: job 1'
run virtual_time
expect virtual_time 0 '990 ok, 10 failed, in 10 hours'
web_server() { # web_server PATH...: the bodies of requests made at once
    python3 - "$port" "$@" <<'PYTHON'
import sys, threading, urllib.request
def get(path, bodies):
    bodies[path] = urllib.request.urlopen(f'http://127.0.0.1:{sys.argv[1]}/{path}', timeout=60).read().decode()
bodies, paths = {}, sys.argv[2:]
threads = [threading.Thread(target=get, args=(path, bodies)) for path in paths]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(''.join(bodies.get(path, f'{path}: no answer\n') for path in paths), end='')
PYTHON
}
mkfifo "$work/port"
"$examples/example_web_server" 'echo hello from $NODE' >"$work/port" &
server=$!
read -r port <"$work/port"
output=$(web_server web1 web2 web1,web2 db1) code=$?
[[ $output == *'web1 ok: hello from web1'*'web2 ok: hello from web2'*'db1 ok: hello from db1' ]] || code=1
[[ $(web_server '') == bye ]] || code=1
wait "$server" || code=$?
((code == 0)) || { printf 'web_server answered\n%s\n' "$output"; exit 1; }
