# SPDX-License-Identifier: MIT
"""How long until something is seen, and what becomes of very many hosts."""
import json
import os
import signal
import socket
import subprocess
import time

import hosts
import measure
import tools
from bench import median
from measure import Output


def first_output(bench):
    """1000 hosts print a line at once, fan-out 128: when the first one is seen"""
    for tool in bench.those("muster", "go", "asyncssh", "pdsh", "clush")[:2 if bench.quick else 9]:
        bench.say(f"{tool}: first output")
        firsts = []
        for _ in range(1 if bench.quick else 5):
            job = bench.server.job(hosts.loopback(1000), 128, "address")
            result = bench.once(tool, job, output=Output.LINES, limit=10)
            firsts.append(result["line_times"][0] * 1000 if result["line_times"] else None)
        yield {"tool": tool, "hosts": 1000, "fanout": 128, "runs": len(firsts), "first_line_ms": median(firsts)}


def known_lines(bench):
    """100,000 hosts with as many lines of known_hosts: when the first line is seen; ended after that"""
    count = 10_000 if bench.quick else 100_000
    job = bench.server.job(hosts.loopback(count), 128, "address")
    with open(job.known_hosts, encoding="ascii") as file:
        key = file.read().split(None, 1)[1]
    own, config = os.path.join(job.directory, "known_many"), os.path.join(job.directory, "config-many")
    with open(own, "w", encoding="ascii") as file:
        file.writelines(f"[{host}]:{job.port} {key}" for host in job.hosts)
    with open(job.config, encoding="ascii") as old, open(config, "w", encoding="ascii") as new:
        new.write(old.read().replace(job.known_hosts, own))
    job.known_hosts, job.config = own, config
    for tool in bench.those("muster", "asyncssh")[:1 if bench.quick else 2]:
        bench.say(f"{tool}: {count} lines of known_hosts")
        firsts = []
        for _ in range(1 if bench.quick else 3):
            result = bench.once(tool, job, output=Output.LINES, limit=4 if tool == "muster" else 30)
            firsts.append(result["line_times"][0] * 1000 if result["line_times"] else None)
        yield {"tool": tool, "hosts": count, "fanout": 128, "runs": len(firsts), "first_line_ms": median([one for one in firsts if one])}


def as_from_a_shell():
    """What a shell starts in the background ignores Ctrl-C, and so would the program; a bench may be started so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.sched_setaffinity(0, {measure.CLIENT_CORE})


def interrupt(bench):
    """Ctrl-C when `sleep 60` runs on 10,000 hosts at once: the last signal, and the end, since then"""
    count = 1000 if bench.quick else 10000
    for tool in bench.those("muster"):
        for _ in range(1 if bench.quick else 3):
            bench.say(f"{tool}: Ctrl-C of {count} sessions")
            bench.server.reset()
            argv, _ = tools.muster(bench.server.job(hosts.loopback(count), 0, "sleep 60"), bench.build)
            program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=as_from_a_shell)
            until = time.time() + 40
            while bench.server.stats()["running"] < count and program.poll() is None and time.time() < until:
                time.sleep(0.1)
            begun = time.time()
            program.send_signal(signal.SIGINT)
            code = program.wait(60)
            ended = time.time()
            stats = bench.server.stats()
            yield {"tool": tool, "hosts": count, "fanout": count, "code": code, "signals": stats["signals"],
                   "last_signal_s": stats["last_signal_at"] - begun if stats["signals"] else None, "exit_after_s": ended - begun,
                   "left_running": stats["left_running"] + stats["running"]}


def refusing_port():
    """A port of loopback where nobody listens: bound, so that nobody else takes it."""
    held = socket.socket()
    held.bind(("0.0.0.0", 0))
    return held, held.getsockname()[1]


def refused(bench):
    """Hosts that refuse at once, fan-out 128: what one costs among so many"""
    held, port = refusing_port()
    try:
        for count in (10_000, 100_000) if bench.quick else (10_000, 100_000, 1_000_000):
            for tool in bench.those("muster"):
                bench.say(f"{tool}: {count} hosts refuse")
                job = bench.server.job(hosts.loopback(count), 128, "true")
                argv = ["env", "HOME=" + job.directory, f"{bench.build}/muster", "-F", "none", "-l", "load", "-p", str(port), "-i", job.key,
                        "--max-hosts", str(count), "-f", "128", "--hostfile", job.file, "--", "true"]
                run = measure.measure(argv, limit=600)
                yield {"tool": tool, "hosts": count, "fanout": 128, "wall_s": run["wall"], "cpu_ms": run["cpu"] / count * 1000, "cut": run["cut"],
                       "us_a_host": run["wall"] / count * 1e6, "resident_mb": run["resident_mb"], "kib_each": run["resident_mb"] * 1024 / count}
    finally:
        held.close()


def at_once(bench):
    """The engine alone, with a transport that answers at once, fan-out 128: what one host costs among so many"""
    for count in (10_000, 100_000) if bench.quick else (10_000, 100_000, 1_000_000):
        bench.say(f"engine: {count} hosts")
        ran = subprocess.run([f"{bench.build}/tests/bench_fan_out", str(count), "128"], check=True, capture_output=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, {measure.CLIENT_CORE}))
        yield {"tool": "muster's engine", "fanout": 128, **json.loads(ran.stdout)}


ALL = [first_output, known_lines, interrupt, at_once, refused]
