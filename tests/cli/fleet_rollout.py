#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rollouts on a fleet of real OpenSSH servers: what a canary that is not there, a failure, Ctrl-C and SIGKILL leave behind. Each
function whose name begins with test_ is a test; the names given as arguments choose some."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

PROGRAM = os.environ["MUSTER_PROGRAM"]
FLEET = os.environ["MUSTER_SOURCE_DIR"] + "/packaging/fleet"
LONG = bool(os.environ.get("MUSTER_LONG"))
HOSTS = [f"n{number}" for number in range(1, 13)]
QUIET = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
OLD, NEW = "old\n" * 100_000, "new\n" * 300_000


class Scratch:
    """A folder that the hosts can write into, and muster with the fleet's configuration."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.folder = tempfile.mkdtemp(prefix="muster-fleet-rollout-")
        os.chmod(self.folder, 0o777)
        os.mkdir(self.path("there"))
        os.chmod(self.path("there"), 0o777)
        self.ledger = self.path("roll.jsonl")

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o666)

    def effects(self):
        return Counter(self.text("effects").split())

    def records(self):
        lines = [line for line in self.text("roll.jsonl").splitlines(keepends=True) if line.endswith("\n")]
        return [json.loads(line) for line in lines]

    def start(self, *words):
        return subprocess.Popen([PROGRAM, "-F", self.fleet + "/config", "-n", *words], env=QUIET, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def wait_for(self, condition, what):
        until = time.monotonic() + 30
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(what)
            time.sleep(0.005)

    def wait_for_hosts(self):
        """Until nothing that muster began runs on the hosts any more."""
        self.wait_for(lambda: not subprocess.run([FLEET, "commands", self.fleet], capture_output=True, check=True).stdout.split(),
                      "commands go on")

    def effect(self):
        return f"echo $NODE >> {self.path('effects')}"


def expect(condition, what, *more):
    if not condition:
        raise AssertionError("\n".join([what, *map(str, more)]))


def test_a_canary_that_is_not_there_lets_nothing_begin(here):
    config = here.path("config")
    with open(here.fleet + "/config", encoding="utf-8") as file:
        here.write("config", "Host gone\n    HostName 127.0.0.1\n    Port 1\n" + file.read())
    for policy in ([], ["--halt", "never"], ["--halt-on", "command"]):
        code, _, err = here.run("-F", config, "--batch", "1,5", *policy, "-w", "gone,n[1-11]", here.effect())
        expect(code == 3 and not here.effects(), f"{policy}: {code}", err)
        expect("gone: connect: " in err and "no host of batch 1" in err, "the canary is named", err)


def test_a_failure_in_the_second_batch_and_the_rest(here):
    all_begun = f"until [ $(wc -l < {here.path('effects')}) -ge 5 ]; do sleep 0.05; done"
    command = f"{here.effect()}; [ $NODE != n3 ] || {{ {all_begun}; [ -e {here.path('mended')} ]; }}"
    code, _, err = here.run("--batch", "1,4,50%", "--ledger", here.ledger, "-w", "n[1-12]", command)
    expect(code == 1 and set(here.effects()) == {f"n{number}" for number in range(1, 6)}, "batches 1 and 2", code, err)
    here.write("mended", "")
    code, _, err = here.run("--resume", here.ledger)
    expect(code == 0, "the rest", err)
    expect(here.effects() == Counter({host: 2 if host == "n3" else 1 for host in HOSTS}), "once each", here.effects())


def test_a_ledger_that_does_not_exist_has_nothing_done(here):
    line = ["--resume", here.ledger, "--batch", "1,50%", "-w", "n[1-12]", here.effect()]
    code, _, err = here.run(*line)
    expect(code == 0 and "does not exist" in err, "the first start says so", code, err)
    code, _, err = here.run(*line)
    expect(code == 0 and here.effects() == Counter(HOSTS), "the second runs nothing", code, here.effects(), err)


def test_ctrl_c_in_a_pause_ends_the_run_at_once(here):
    taken = []
    for _ in range(5):
        run = here.start("--batch", "1,5", "--soak", "5m", "-w", "n[1-12]", "true")
        for line in run.stderr:
            if "waiting for 5 min" in line:
                break
        begun = time.monotonic()
        run.send_signal(signal.SIGINT)
        run.wait(timeout=30)
        taken.append(time.monotonic() - begun)
        expect(run.returncode == -signal.SIGINT, "it ends by SIGINT", run.returncode)
        run.communicate()
    expect(min(taken) < 0.1, "within 100 ms", taken)


def phase_of(records):
    """What the run was doing when its ledger ends."""
    if not records:
        return "nothing"
    last = records[-1]["type"]
    return {"run": "connect", "batch_started": "connect", "command_sent": "command", "result": "connect", "soaking": "soak",
            "gate": "between", "batch_passed": "connect"}.get(last, last)


def killed_once(here, chance):
    here.write("there/app", OLD)
    os.chmod(here.path("there"), 0o777)
    here.write("new", NEW)
    gate = f"sleep 0.1; echo $MUSTER_BATCH >> {here.path('gates')}"
    run = here.start("-q", "--batch", "1,4", "--soak", "100ms", "--gate", gate, "--ledger", here.ledger,
                     "--push", here.path("new") + ":" + here.path("there/app"), "-w", "n[1-12]",
                     f"sleep 0.1; {here.effect()}")
    time.sleep(chance.uniform(0, 1.6))
    run.kill()
    run.communicate()
    here.wait_for_hosts()
    return here.records()


def check_rest(here, records):
    sent = {line["host"] for line in records if line["type"] == "command_sent"}
    ok = {line["host"] for line in records if line["type"] == "result" and line["state"] == "ok"}
    before = here.effects()
    expect(all(count == 1 for count in before.values()) and set(before) <= sent, "what ran is recorded", before, sent)
    expect(here.text("there/app") in (OLD, NEW), "the old file or the new one", len(here.text("there/app")))
    left = sorted(set(os.listdir(here.path("there"))) - {"app"})
    expect(not left, "nothing else is left there", left)
    if not records:
        return
    code, _, err = here.run("-q", "--resume", here.ledger)
    unknown = sent - ok
    expect(code == (1 if unknown else 0), "the resume's exit status", code, unknown, err)
    after = here.effects()
    expect(all(count == 1 for count in after.values()), "no command runs twice", after)
    if unknown:  # a batch of such hosts alone does not pass
        code, _, err = here.run("-q", "--resume", here.ledger, "--resume-unknown")
        expect(code == 0, "the exit status with those that may still run", code, err)
        after = here.effects()
        expect(all(after[host] == 1 for host in set(HOSTS) - unknown), "only those may run again", after, unknown)
    expect(set(after) == set(HOSTS), "exactly the rest", after, unknown)
    expect(here.text("there/app") == NEW, "the new file")


def test_sigkill_at_random_moments(here):
    seed = int(os.environ.get("MUSTER_SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    phases = Counter()
    for number in range(200 if LONG else 6):
        there = Scratch(here.fleet)
        try:
            records = killed_once(there, chance)
            phases[phase_of(records)] += 1
            check_rest(there, records)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, round {number}: {error}\n{there.text('roll.jsonl')}") from error
        finally:
            shutil.rmtree(there.folder)
    print("killed in:", dict(phases))


def test_a_thousand_hosts_in_ten_racks_apart(here):
    hosts = ",".join(f"r{rack}n{number}" for number in range(100) for rack in range(10))
    log = here.path("log")
    command = f"r={{host}}; r=${{r%n*}}; echo + $r >> {log}; sleep 0.05; echo - $r >> {log}"
    code, _, err = here.run("--transport", "exec", "-q", "--apart", "name:^(r[0-9]+)", "-w", hosts, command)
    expect(code == 0, "all end well", code, err)
    busy, most, starts = Counter(), 0, 0
    for line in here.text("log").splitlines():
        sign, rack = line.split()
        busy[rack] += 1 if sign == "+" else -1
        expect(busy[rack] in (0, 1), "never two of one rack", rack)
        if sign == "+":
            starts += 1
            most = max(most, sum(busy.values()))
    expect(starts == 1000 and most == 10, "all ten racks at once", starts, most)


def main():
    chosen = sys.argv[1:] or [name for name in globals() if name.startswith("test_")]
    fleet = tempfile.mkdtemp(prefix="muster-fleet-rollout-")
    failed = 0
    try:
        subprocess.run([FLEET, "start", fleet, *HOSTS], check=True)
        for name in chosen:
            here = Scratch(fleet)
            try:
                globals()[name](here)
            except (AssertionError, subprocess.TimeoutExpired) as error:
                failed = 1
                print(f"FAILED {name}: {error}", flush=True)
            finally:
                shutil.rmtree(here.folder)
    finally:
        subprocess.run([FLEET, "stop", fleet], check=False)
        shutil.rmtree(fleet)
    return failed


sys.exit(main())
