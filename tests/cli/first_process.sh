#!/bin/bash
# SPDX-License-Identifier: MIT
# muster as the first process of a container (a process namespace of its own): it reaps what its commands leave behind,
# obeys a signal, and hands on the exit code.
# shellcheck disable=SC2016 # the hosts expand what is in single quotes
set -euo pipefail

first() { unshare --user --map-root-user --pid --fork --mount-proc --kill-child "$MUSTER_PROGRAM" -F none --transport exec "$@"; }
first h1 true >/dev/null 2>&1 || { echo 'no process namespace can be made here'; exit 77; }
fail() { printf '%s\n' "$*"; exit 1; }

# Its parent is gone at once; it has ended long before the zombies are counted.
orphan='(sleep 0.05 &); for i in 1 2 3 4 5 6 7 8 9 10; do pgrep -x sleep >/dev/null || break; sleep 0.1; done'
zombies=$(first -N h1 "$orphan; grep -lE '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l" 2>/dev/null)
[[ $zombies == 0 ]] || fail "$zombies zombies are left"

code=0
first h1 'exit 7' >/dev/null 2>&1 || code=$?
((code == 1)) || fail "exit code $code instead of 1"

code=0
first h1 'kill -TERM 1; exec sleep 60' >/dev/null 2>&1 || code=$?
((code == 143)) || fail "exit code $code instead of 143 after SIGTERM"
