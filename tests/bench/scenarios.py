# SPDX-License-Identifier: MIT
"""The scenarios: what is run, and which figures come of it. Each yields rows, one per tool and size."""
import os
import shutil
import tempfile

import fan_outs
import hosts
import limits
import tools
from bench import median
from measure import Output, measure


YARDSTICKS = ("floor", "probe", "probe/system", "go")


# ---- the main table --------------------------------------------------------------------------------------------------------

def true_main(bench):
    """`true`, 1000 hosts, fan-out 128"""
    ours = bench.those(*YARDSTICKS, "muster")
    # In turns, so that what else the machine does hits both.
    rows = {}
    for _ in range(bench.runs):
        for tool in ours:
            rows.setdefault(tool, []).append(bench.fan_out(tool, 1000, 128, "true", 1, memory=False))
    for tool in ours:
        best = dict(rows[tool][0])
        for figure in ("wall_s", "cpu_ms", "cpu_s", "server_cpu_ms"):
            best[figure] = median([row[figure] for row in rows[tool]])
        best["least_cpu_ms"] = min(row["cpu_ms"] for row in rows[tool])
        best["least_wall_s"] = min(row["wall_s"] for row in rows[tool])
        best["runs"] = len(rows[tool])
        best["failed"] = max(row["failed"] for row in rows[tool])
        memory = bench.fan_out(tool, 1000, 128, "true", 1)
        best.update(private_mb=memory["private_mb"], processes=memory["processes"])
        yield best
    for tool in bench.those("go/all cores", "asyncssh"):
        yield bench.fan_out(tool, 1000, 128, "true", 1 if bench.quick else 3, memory=not bench.quick)
    for tool in bench.those("xargs+ssh", "pssh", "pdsh", "clush", "GNU parallel"):
        yield bench.fan_out(tool, 150 if bench.quick else 1000, 128, "true", 1, memory=not bench.quick)


def true_sizes(bench):
    """`true`, other sizes and fan-outs"""
    sizes = [(100, 32), (1000, 0)] if bench.quick else [(100, 32), (100, 0), (1000, 32), (1000, 0), (10000, 32), (10000, 128)]
    for count, fanout in sizes:
        for tool in bench.those(*YARDSTICKS, "muster") + ([] if bench.quick or count > 1000 else bench.those("asyncssh")):
            yield bench.fan_out(tool, count, fanout, "true", 1 if bench.quick else 3)
        if count == 100 and not bench.quick:
            for tool in bench.those("xargs+ssh", "pssh", "pdsh", "clush", "GNU parallel"):
                yield bench.fan_out(tool, count, fanout, "true", 1, memory=False)


def ten_thousand(bench):
    """`true`, 10,000 hosts all at once"""
    for tool in bench.those(*YARDSTICKS, "muster") + ([] if bench.quick else bench.those("asyncssh")):
        yield bench.fan_out(tool, 10000, 0, "true", 1 if bench.quick or tool == "asyncssh" else 3, memory=not bench.quick)


# ---- commands that take their time ---------------------------------------------------------------------------------------------

def sleep_one(bench):
    """`sleep 1` on 1000 hosts at once"""
    for tool in bench.those(*YARDSTICKS, "muster", "asyncssh"):
        yield bench.fan_out(tool, 1000, 0, "sleep 1", 1 if bench.quick or tool == "asyncssh" else 3)
    if not bench.quick:
        for tool in bench.those("xargs+ssh", "pssh", "pdsh", "clush"):
            yield bench.fan_out(tool, 1000, 0, "sleep 1", 1, memory=False)


def live_sessions(bench):
    """Logged in and waiting, all at once: memory"""
    for count in (1000,) if bench.quick else (1000, 10000):
        for tool in bench.those("probe", "probe/system", "go", "muster"):
            bench.say(f"{tool}: {count} live sessions")
            bench.server.reset()
            job = bench.server.job(hosts.loopback(count), 0, f"meet {count} sleep 2")
            result = bench.once(tool, job, memory=True, limit=300)
            yield {"tool": tool, "hosts": count, "fanout": count, "private_mb": result["private_mb"],
                   "kib_each": result["private_mb"] * 1024 / count, "at_once": bench.server.stats()["running_peak"]}


def waiting_hosts(bench):
    """One of 100,000 hosts runs, the others wait for their turn: memory; ended after 10 s"""
    count = 20_000 if bench.quick else 100_000
    for tool in bench.those("muster"):
        bench.say(f"{tool}: {count} hosts, all but one waiting")
        few = bench.once(tool, bench.server.job(hosts.loopback(1000), 1, "sleep 10"), memory=True, limit=3)["private_mb"]
        many = bench.once(tool, bench.server.job(hosts.loopback(count), 1, "sleep 20"), memory=True, limit=10)["private_mb"]
        yield {"tool": tool, "hosts": count, "fanout": 1, "private_mb": many, "kib_each": (many - few) * 1024 / (count - 1000)}


def one_slow(bench):
    """One of 100 hosts sleeps 5 s, fan-out 32"""
    for tool in bench.those("muster", "asyncssh", "xargs+ssh", "pssh", "pdsh", "clush", "GNU parallel")[:2 if bench.quick else 9]:
        bench.say(f"{tool}: one slow host")
        bench.server.reset()
        result = bench.once(tool, bench.server.job(hosts.loopback(100), 32, "alone 1 sleep 5"), output=Output.LINES)
        times = sorted(result["line_times"])
        yield {"tool": tool, "hosts": 100, "fanout": 32, "wall_s": result["wall"], "lines": result["lines"],
               "most_lines_after_s": times[97] if len(times) > 97 else None}


# ---- output --------------------------------------------------------------------------------------------------------------------

LINES_OF_80 = {1: "lines 13108 80", 10: "lines 131072 80"}   # 1 and 10 MiB


def output(bench):
    """100 hosts print 10 MiB each in lines of 80 bytes, all at once"""
    sizes = {"probe": 10, "go": 10, "muster": 10, "xargs+ssh": 10, "pdsh": 1, "clush": 1, "pssh": 1, "asyncssh": 1, "GNU parallel": 10}
    quick = ("probe", "go", "muster", "pdsh")
    for tool, size in sizes.items():
        if tool not in bench.available or (bench.quick and tool not in quick):
            continue
        many = bench.quick or tool not in ("probe", "go", "muster")
        row = bench.fan_out(tool, 100, 0, LINES_OF_80[size], 1 if many else 3, memory=not bench.quick or tool == "muster")
        row["mb_a_second"] = row["bytes"] / 1e6 / row["wall_s"]
        row["mb"] = size
        yield row


def slow_reader(bench):
    """The same into a pipe whose reader takes 16 MB a second; ended after 10 s"""
    for tool in bench.those("muster") + ([] if bench.quick else bench.those("pdsh", "clush", "pssh", "asyncssh")):
        bench.say(f"{tool}: slow reader")
        job = bench.server.job(hosts.loopback(100), 0, LINES_OF_80[10])
        result = bench.once(tool, job, output=Output.SLOWLY, memory=True, limit=10)
        yield {"tool": tool, "hosts": 100, "fanout": 100, "private_mb": result["private_mb"], "processes": result["processes"]}


VIEWS = {"": (), "-N": ("-N",), "-L": ("-L",), "--only-failed": ("--only-failed",), "-b": ("-b",), "-B": ("-B",), "-b --live": ("-b", "--live"),
         "--diff": ("--diff",), "--json": ("--json",), "--json=events": ("--json=events",), "--outdir": ("--outdir", "{dir}/out"),
         "--report": ("--report", "{dir}/page.html"), "--ledger": ("--ledger", "{dir}/ledger"), "--stats": ("--stats",)}


def view_run(bench, job, options, memory=False):
    """Once through a view; its files are removed again."""
    directory = tempfile.mkdtemp(prefix="muster-bench.")
    try:
        argv = tools.muster(job, bench.build)[0]
        words = [word.format(dir=directory) for word in options]
        return bench.once("muster", job, argv=([*argv[:-2], *words, *argv[-2:]], None), memory=memory)
    finally:
        shutil.rmtree(directory)


def views(bench):
    """100 hosts print 10 MiB of lines each (others: 1 MiB), all at once, through each view; "apart": each host prints something else,
    "40 apart": so do 40 of them, line by line"""
    same = bench.server.job(hosts.loopback(100), 0, LINES_OF_80[10])
    apart = bench.server.job(hosts.loopback(100), 0, "address; " + LINES_OF_80[10])
    some = bench.server.job(hosts.loopback(100), 0, "odd 40 13108")
    ways = [(f"muster {name}".strip(), same, options, 10) for name, options in VIEWS.items()]
    ways += [(f"muster {name}, apart", apart, VIEWS[name], 10) for name in ("-b", "--diff", "--json", "--report")]
    ways += [(f"muster {name}".strip() + ", 40 apart, 1 MiB", some, VIEWS[name], 1) for name in ("", "--diff")]
    seen = {}
    for _ in range(1 if bench.quick else 3):   # in turns, so that what else the machine does hits all
        for name, job, options, _ in ways if "muster" in bench.available else ():
            bench.say(f"{name}: output")
            bench.server.reset()
            result = view_run(bench, job, options)
            seen.setdefault(name, []).append(dict(result, bytes=bench.server.stats()["bytes_out"]))
    live = {}
    for name, job, options, size in ways if seen else ():
        bench.server.reset()
        row = view_row(name, seen[name], size, view_run(bench, job, options, memory=True))
        yield dict(row, x_live=row["cpu_s"] / live.setdefault(size, row["cpu_s"]))   # of each size live lines come first
    for tool in bench.those("clush -b", "pdsh | dshbak -c", "pssh"):
        bench.say(f"{tool}: output")
        job = bench.server.job(hosts.loopback(100), 0, LINES_OF_80[1])
        bench.server.reset()
        result = bench.once(tool, job)
        yield view_row(tool, [dict(result, bytes=bench.server.stats()["bytes_out"])], 1, bench.once(tool, job, memory=True))


def view_row(tool, runs, size, looked):
    row = {"tool": tool, "hosts": 100, "fanout": 100, "runs": len(runs), "wall_s": median([run["wall"] for run in runs]),
           "cpu_s": median([run["cpu"] for run in runs]), "failed": max(int(run["code"] != 0) for run in runs), "mb": size,
           "private_mb": looked["private_mb"], "processes": looked["processes"]}
    return dict(row, mb_a_second=runs[0]["bytes"] / 1e6 / row["wall_s"], mb_a_cpu_second=runs[0]["bytes"] / 1e6 / row["cpu_s"])


# ---- the stop ------------------------------------------------------------------------------------------------------------------

def fail_fast(bench):
    """The 500th of 1000 hosts fails when all of them run `sleep 60`"""
    options = {"muster": lambda job: (tools.muster(job, bench.build)[0][:-2] + ["-k", "--", job.command], None),
               "asyncssh": lambda job: tools.asyncssh(job, None, fail_fast=True),
               "GNU parallel": lambda job: tools.parallel(job, None, fail_fast=True)}
    for tool in bench.those("muster", "asyncssh") + ([] if bench.quick else bench.those("GNU parallel")):
        count = 1000 if tool != "GNU parallel" else 200
        for _ in range(3 if tool == "muster" and not bench.quick else 1):
            bench.say(f"{tool}: fail-fast among {count}")
            bench.server.reset()
            job = bench.server.job(hosts.loopback(count), 0, f"fail {count // 2} of {count} sleep 60")
            result = bench.once(tool, job, argv=options[tool](job), limit=200)
            stats = bench.server.stats()
            yield {"tool": tool, "hosts": count, "fanout": count, "code": result["code"], "signals": stats["signals"],
                   "signalled": stats["signalled"], "last_signal_s": stats["last_signal_ms"] / 1000 if stats["signals"] else None,
                   "left_running": stats["left_running"] + stats["running"],
                   "exit_after_s": result["ended_at"] - stats["failed_at"] if stats["failed_at"] else None}


# ---- one host --------------------------------------------------------------------------------------------------------------------

def start_up(bench):
    """One host, from start to exit"""
    times = {tool: [] for tool in bench.those("probe", "probe/system", "go", "muster", "ssh")}
    bench.say("start-up")
    for _ in range(11 if bench.quick else 31):
        for tool, seen in times.items():
            seen.append(bench.once(tool, bench.server.job(hosts.loopback(1), 1, "true")))
    for tool, seen in times.items():
        yield {"tool": tool, "hosts": 1, "fanout": 1, "runs": len(seen), "wall_ms": median([r["wall"] * 1000 for r in seen]),
               "least_ms": min(r["wall"] for r in seen) * 1000, "cpu_ms": median([r["cpu"] * 1000 for r in seen])}


def round_trips(bench):
    """One host behind a network with a round trip of 50 ms"""
    for tool in bench.those("probe", "go", "muster", "ssh", "asyncssh"):
        bench.say(f"{tool}: 50 ms round trip")
        walls = []
        for _ in range(1 if bench.quick else 3):
            relay = hosts.Relay(50, "127.0.0.1", bench.server.child.port)
            result = bench.once(tool, bench.server.job(["127.0.0.1"], 1, "true", port=relay.child.port))
            walls.append(result["wall"])
            counted = relay.close()
        yield {"tool": tool, "hosts": 1, "fanout": 1, "wall_s": median(walls), "round_trips": counted["round_trips"],
               "code": result["code"]}


def push(bench):
    """A file to each of many names of real sshd, fan-out 16; each name has a home of its own in memory"""
    for megabytes, count in ((1, 32), (20, 10)) if bench.quick else ((1, 100), (100, 100)):
        fleet = hosts.SshdFleet(count, own_folders=True)
        try:
            source, size = f"{fleet.homes}/.source", megabytes * 1_000_000
            hosts.claim_memory(fleet.homes, size * count)
            with open(source, "wb") as file:
                file.write(os.urandom(size))
            for tool, words in tools.PUSHES.items():
                there = tool not in tools.PUSH_PROGRAMS or shutil.which(tools.PUSH_PROGRAMS[tool])
                if not there or bench.quick and tool == "ansible copy":   # it alone takes a minute
                    continue
                bench.say(f"{tool}: {megabytes} MB to {count} hosts")
                argv, stdin = words(fleet.job(tool, 16, ""), bench.build, source, "f")
                result = measure(argv, stdin, limit=300)
                yield {"tool": tool, "hosts": count, "fanout": 16, "mb": size / 2 ** 20, "wall_s": result["wall"], "cut": result["cut"],
                       "cpu_ms": result["cpu"] / count * 1000, "failed": count - fleet.arrived("f", size),
                       "mb_a_second": megabytes * count / result["wall"]}
        finally:
            fleet.close()


def push_far(bench):
    """10 MB to one host of real sshd behind a network with a round trip of 50 ms"""
    fleet = hosts.SshdFleet(1, own_folders=True)
    try:
        source, size = f"{fleet.homes}/.source", 10_000_000
        with open(source, "wb") as file:
            file.write(os.urandom(size))
        for tool in ("muster --push", "scp"):
            walls = []
            for _ in range(1 if bench.quick else 3):
                relay = hosts.Relay(50, fleet.addresses[0], fleet.port)
                argv, stdin = tools.PUSHES[tool](fleet.far_job(relay.child.port), bench.build, source, "f")
                result = measure(argv, stdin, limit=120)
                walls.append(result["wall"])
                failed = 1 - fleet.arrived("f", size)
                relay.close()
            yield {"tool": tool, "hosts": 1, "mb": size / 2 ** 20, "wall_s": median(walls), "failed": failed, "runs": len(walls)}
    finally:
        fleet.close()


ALL = [true_main, true_sizes, ten_thousand, live_sessions, waiting_hosts, sleep_one, output, views, slow_reader, one_slow, fail_fast, start_up, round_trips,
       *fan_outs.ALL, *limits.ALL, push, push_far]
