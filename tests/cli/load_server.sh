#!/bin/bash
# SPDX-License-Identifier: MIT
# muster against 300 hosts that one program plays: every way in which a command ends, and the stop of all of them.
set -euo pipefail
server=$(dirname "$MUSTER_PROGRAM")/tests/load_server
[[ -x $server ]] || { echo "no Go, no load server"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/muster-load.XXXXXX")
coproc load { exec "$server" "$work"; }
pid=$load_PID
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
read -r word port <&"${load[0]}"
[[ $word == ready ]] || { echo "the load server says $word $port"; exit 1; }

fail() { printf '%s\n' "$*" "$output" "$stats"; exit 1; }
muster() { # muster CODE ARGUMENT...: on all hosts at once
    local wanted=$1 code=0
    shift
    echo reset >&"${load[1]}"
    output=$("$MUSTER_PROGRAM" -F "$work/config" -t 100s -f 0 -w '127.1.[0-2].[1-100]' "$@" 2>&1) || code=$?
    echo stats >&"${load[1]}"
    read -r stats <&"${load[0]}"
    [[ $code == "$wanted" ]] || fail "exit code $code instead of $wanted"
}
says() { [[ $output == *"$1"* ]] || fail "not said: $1"; }
counted() { [[ $stats == *"\"$1\":$2,"* ]] || fail "$1 is not $2"; }

muster 0 true
says '300 hosts: 300 ok'
counted connections 300
counted commands 300
counted login_failed 0
counted open 0

muster 0 -q print 8000
[[ $(grep -c '^127\.1\.0\.7: ' <<<"$output") == 100 ]] || fail 'not 100 lines of 80 bytes from a host'
counted bytes_out 2400000

muster 0 -b odd 40 100
[[ $(grep -c ' differs$' <<<"$output") == 40 ]] || fail 'not 40 odd hosts'
says '(260 of 300)'
counted bytes_out 2400000

muster 1 exit 3
says 'exit status 3'
muster 1 die ABRT
says 'killed by signal ABRT'
muster 1 silent
says '300 without exit status'
muster 0 meet 300 true
counted running_peak 300

muster 1 -k fail 150 of 300 hang # the 150th fails when all run
says '1 failed, 299 stopped'
counted signals 299
counted signalled 299
counted left_running 0
counted running 0

# With little more memory than one host needs, hosts wait until others have given theirs back.
export MALLOC_ARENA_MAX=1 # mallopt(3): or else the sizes that the kernel tells are not those that are needed
echo reset >&"${load[1]}"
"$MUSTER_PROGRAM" -q -F "$work/config" -t 100s 127.1.0.1 hang &
one=$!
until [[ ${stats:-} == *'"running":1,'* ]]; do
    kill -0 "$one" || fail 'one host does not run'
    echo stats >&"${load[1]}"
    read -r stats <&"${load[0]}"
done
read -r peak < <(sed -n 's/^VmPeak:\s*\([0-9]*\) kB/\1/p' "/proc/$one/status")
kill -TERM "$one"
wait "$one" 2>/dev/null || true
if ((peak < 4000000)); then # not with a sanitizer's shadow
    ulimit -v $((peak + 3 * 1024))
    muster 0 -v sleep 1
    says '300 hosts: 300 ok'
    says 'not enough memory'
fi
