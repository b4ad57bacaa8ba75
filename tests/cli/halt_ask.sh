#!/bin/bash
# SPDX-License-Identifier: MIT
# The question of --halt ask at a terminal: continue, stop, again, show; and the record that it leaves.
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-ask.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
env -i HOME="$work" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TERM=dumb NO_COLOR=1 MUSTER="$MUSTER_PROGRAM" python3 - <<'END'
import json, os, pty, signal, sys

PROMPT = b"/show] "

def run(options, answers, command="echo run >> ran.{host}; test -e mended.{host} || test {host} != n2"):
    """What a run on a terminal wrote, and how it ended. An answer is typed at each question; a function is called."""
    for name in os.listdir("."):
        if os.path.isfile(name) and not name.endswith(".jsonl"):
            os.unlink(name)
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(os.environ["MUSTER"], ["muster", "--transport", "exec", "-n", *options, command])
    text, left = b"", list(answers)
    while True:
        try:
            block = os.read(fd, 65536)
        except OSError:
            break
        text += block
        if text.endswith(PROMPT) and left:
            answer = left.pop(0)
            if callable(answer):
                answer = answer(pid)
            os.write(fd, answer.encode())
    os.close(fd)
    return text.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def mend(_):
    open("mended.n2", "w").close()
    return "again\n"

def runs(host):
    return len(open("ran." + host).readlines()) if os.path.exists("ran." + host) else 0

def check(holds, what, seen):
    if not holds:
        print(what, seen, os.listdir("."))
        sys.exit(1)

def lines_of(path, kind):
    return [line for line in map(json.loads, open(path)) if line["type"] == kind]

fleet = ["-w", "n[1-4]", "--batch", "2", "--halt", "ask"]

seen = run(fleet, ["show\n", "continue\n"])
check(seen[1] == 1 and all(runs(n) == 1 for n in ("n1", "n2", "n3", "n4")), "continue goes on:", seen)
check("n1: ok\nn2: failed: exit status 1\n" in seen[0], "show shows the states:", seen)
check("So far 1 ok, 1 failed. Nothing runs. Go on in spite of the failures, or first run 1 host again? "
      "[continue/stop/again/show] " in seen[0], "the question:", seen)

seen = run(fleet, ["stop\n"])
check(seen[1] == 1 and runs("n3") == 0 and "muster: again: muster" in seen[0], "stop stops:", seen)

seen = run(fleet + ["--ledger", "again.jsonl"], [mend])
check(seen[1] == 0 and [runs(n) for n in ("n1", "n2", "n3", "n4")] == [1, 2, 1, 1], "again runs what failed:", seen)
check("muster: 1 host runs again: n2\n" in seen[0] and "4 hosts: 4 ok" in seen[0], "and says so:", seen)
again = lines_of("again.jsonl", "again")
check(len(again) == 1 and again[0]["targets"] == ["n2"] and again[0]["question"] == "halted", "the ledger:", again)
results = [line for line in lines_of("again.jsonl", "result") if line["host"] == "n2"]
check([line["state"] for line in results] == ["failed", "ok"] and results[1]["repeats"] == 1, "both results:", results)
check([line["batch"] for line in lines_of("again.jsonl", "batch_passed")] == [1, 2], "both batches pass:", seen)

seen = run(["-w", "n[1-2]", "--halt", "ask"], [mend])
check(seen[1] == 0 and runs("n2") == 2 and "Nothing else is left. Run 1 host again? [again/stop/show] " in seen[0],
      "a run whose hosts have all ended asks for them alone:", seen)

seen = run(["--batch", "1", "-w", "n2,n1,n3", "--halt", "ask"], [mend])
check(seen[1] == 0 and "No host of the batch is ok: no other begins. Run 1 host again? [again/stop/show] " in seen[0],
      "a canary that is not ok leaves others:", seen)

for view in (["--json"], ["--json=events"], ["-b"], ["-L"], ["--report", "page.html"], ["--outdir", "out.jsonl"]):
    seen = run(fleet + view, [mend], "echo $$; echo run >> ran.{host}; test -e mended.{host} || test {host} != n2")
    check(seen[1] == 0 and [runs(n) for n in ("n1", "n2")] == [1, 2], " ".join(view), seen)
    if view == ["-b"]:
        check(seen[0].count("n2 (1 of 4)") == 1, "what is gathered is of the last time:", seen)
    if view == ["--json=events"]:
        check('"type":"host_started"' in seen[0] and '"host":"n2","again":true' in seen[0], "events:", seen)

# Killed while n2 runs again, whose command may run: the resume leaves it out, and knows the batch.
def mend_slowly(_):
    open("slow.n2", "w").close()
    return "again\n"

slow = 'echo run >> ran.{host}; test -e slow.{host} && { kill -9 $PPID; exit 1; }; test {host} != n2'
seen = run(fleet + ["--ledger", "killed.jsonl"], [mend_slowly], slow)
check(seen[1] == -signal.SIGKILL and runs("n2") == 2 and runs("n3") == 0, "killed:", seen)
status = os.spawnv(os.P_WAIT, os.environ["MUSTER"], ["muster", "-q", "--transport", "exec", "-n", "--resume", "killed.jsonl"])
check(runs("n2") == 2 and status == 1, "what may run is not run again:", (status,))
END
