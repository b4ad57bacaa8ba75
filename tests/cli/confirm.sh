#!/bin/bash
# SPDX-License-Identifier: MIT
# What muster does at a terminal: --confirm asks there, also when standard input is a pipe, and the run is remembered.
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-confirm.XXXXXX")
trap 'rm -rf "$work"' EXIT
env -i HOME="$work" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TERM=xterm NO_COLOR=1 MUSTER="$MUSTER_PROGRAM" python3 - <<'END'
import os, pty, sys

def run(command, typed):
    """A shell's command on a terminal of its own: what it wrote, and its exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv("/bin/sh", ["sh", "-c", command])
    text = b""
    asked = False
    while True:
        try:
            block = os.read(fd, 65536)
        except OSError:
            break
        if not block:
            break
        text += block
        if not asked and b"type the number of hosts" in text:
            asked = True
            os.write(fd, typed)
    os.close(fd)
    return text.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def check(holds, what, seen):
    if not holds:
        print(what, seen)
        sys.exit(1)

seen = run("exec $MUSTER --transport exec --confirm 'n[1-3]' 'echo I am {host}'", b"3\n")
check(seen[1] == 0 and "3 hosts: n[1-3]" in seen[0] and "I am n2" in seen[0], "the right number goes on:", seen)
check(os.path.exists(os.environ["HOME"] + "/.local/state/muster/last-run"), "a run on a terminal is remembered:", seen)
seen = run("exec $MUSTER --transport exec --confirm 'n[1-3]' 'echo I am {host}'", b"2\n")
check(seen[1] == 2 and "'2' is not 3; nothing was started" in seen[0] and "I am n" not in seen[0], "another does not:", seen)
seen = run("echo data | $MUSTER --transport exec --confirm=2 'n[1-3]' cat", b"3\n")
check("n2: data" in seen[0], "the input of the commands is no answer:", seen)
seen = run("exec $MUSTER --transport exec --confirm=3 'n[1-3]' 'echo I am {host}'", b"")
check(seen[1] == 0 and "type the number" not in seen[0], "no more than N hosts are not asked about:", seen)
END
