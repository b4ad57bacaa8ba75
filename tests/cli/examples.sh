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
expect library 0 $'web1 ok: \nhello from web1\nweb2 ok: \nhello from web2'
run library 'web1,db1' 'echo here; if [ $NODE = db1 ]; then sleep 1; exit 3; fi; sleep 60'
expect 'library, first failure' 1 $'web1 stopped: \nhere\ndb1 failed: exit status 3\nhere'
run async 'web[1-2]' db1 '[ $NODE != web2 ]'
[[ $output == db1:* ]] && output=$(tail -n +2 <<<"$output"; head -n 1 <<<"$output") # whichever fleet is first
expect async 0 $'web[1-2]: 1 ok\nweb2: command: exit status 1\ndb1: 1 ok'
