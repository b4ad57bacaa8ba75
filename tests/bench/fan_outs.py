# SPDX-License-Identifier: MIT
"""Fan-outs as people have them: real sshd, a network that loses segments, a bastion that takes only so many at once."""
import hosts
from bench import median
from measure import measure

QUICK = ("floor", "probe", "probe/system", "go", "muster")   # the others take long, and run once
CLIENTS = (*QUICK, "asyncssh", "pdsh", "clush")


def runs_of(bench, tool):
    return 3 if tool in QUICK and not bench.quick else 1


def real_sshd(bench):
    """`true` on real sshd under 200 names, fan-out 32"""
    fleet = hosts.SshdFleet(32 if bench.quick else 200)
    try:
        count = len(fleet.names)
        for tool in bench.those(*QUICK) if bench.quick else bench.those(*CLIENTS, "xargs+ssh"):
            bench.say(f"{tool}: real sshd")
            job = fleet.job(tool, 32, "true")
            job.floor_port = bench.server.floor.port
            runs = [bench.once(tool, job) for _ in range(runs_of(bench, tool))]
            row = {"tool": tool, "hosts": count, "fanout": 32, "runs": len(runs), "wall_s": median([run["wall"] for run in runs]),
                   "cpu_ms": median([run["cpu"] / count * 1000 for run in runs]), "failed": max(int(run["code"] != 0) for run in runs)}
            if not bench.quick:
                row["private_mb"] = bench.once(tool, job, memory=True)["private_mb"]
            yield row
    finally:
        fleet.close()


def lossy(bench):
    """`true` behind a network of 20 +- 10 ms that stalls one segment in a hundred for 200 ms, fan-out 64"""
    count = 64 if bench.quick else 200
    for tool in bench.those("floor", "probe", "go", "muster") if bench.quick else bench.those(*CLIENTS):
        relay = hosts.Relay(20, "-", bench.server.child.port, 10, 200, 100)
        job = bench.server.job(hosts.loopback(count), 64, "true", port=relay.child.port)
        yield bench.fan_out(tool, count, 64, "true", runs_of(bench, tool), memory=not bench.quick, job=job)
        relay.close()


def bastion(bench):
    """`true` behind a real sshd that takes 10 logins at once (MaxStartups 10:30:100), fan-out 64"""
    count = 64 if bench.quick else 200
    fleet = hosts.SshdFleet(1, server_lines="MaxStartups 10:30:100\nMaxSessions 10\nAllowTcpForwarding yes")
    try:
        for tool in bench.those("floor", "go", "muster") if bench.quick else bench.those("floor", "go", "muster", "asyncssh", "pdsh", "clush"):
            job = fleet.jump_job(bench.server.job(hosts.loopback(count), 64, "true"))
            yield bench.fan_out(tool, count, 64, "true", runs_of(bench, tool), memory=not bench.quick, job=job)
    finally:
        fleet.close()


def far_bulk(bench):
    """30 MB from and to one host of real sshd behind a network with a round trip of 50 ms"""
    fleet = hosts.SshdFleet(1)
    size = 10_000_000 if bench.quick else 30_000_000
    source = f"{fleet.directory}/bulk"
    try:
        with open(source, "wb") as file:
            file.write(bytes(size))
        ways = {"output": ("head -c %d /dev/zero" % size, None), "input": ("cat > /dev/null", source)}
        for what, (command, given) in ways.items():
            for tool in bench.those("muster", "ssh"):
                bench.say(f"{tool}: {what} behind 50 ms")
                runs = [far_run(bench, fleet, tool, command, given) for _ in range(1 if bench.quick else 3)]
                wall = median([run["wall"] for run in runs])
                yield {"tool": f"{tool}, {what}", "hosts": 1, "mb": size / 2 ** 20, "wall_s": wall, "runs": len(runs),
                       "failed": max(int(run["code"] != 0) for run in runs), "mb_a_second": size / 1e6 / wall}
    finally:
        fleet.close()


def far_run(bench, fleet, tool, command, given):
    relay = hosts.Relay(50, fleet.addresses[0], fleet.port)
    config = fleet.far_job(relay.child.port).config
    if tool == "ssh":
        argv = ["ssh", *([] if given else ["-n"]), "-F", config, "s0", command]
    else:
        argv = [f"{bench.build}/muster", "-F", config, "-t", "60s", *(["--input", given] if given else []), "-w", "s0", "--", command]
    try:
        return measure(argv, given if tool == "ssh" else None)
    finally:
        relay.close()


ALL = [real_sshd, lossy, bastion, far_bulk]
