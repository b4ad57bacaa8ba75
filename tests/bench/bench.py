# SPDX-License-Identifier: MIT
"""What the scenarios share: the build, the server, how often and with which tools; and the usual row of a table."""
import statistics

import hosts
import tools
from measure import measure


def median(values):
    return statistics.median(values) if values else None


class Bench:
    """What the scenarios share: the build, the server, how often and with which tools."""

    def __init__(self, build, quick, wanted, runs, say):
        self.build, self.quick, self.runs, self.say = build, quick, runs, say
        self.available = [name for name in tools.ALL if name in wanted and tools.installed(name, build)]
        self.server = hosts.LoadServer(build)

    def close(self):
        self.server.close()

    def those(self, *names):
        return [name for name in names if name in self.available]

    def once(self, tool, job, **how):
        argv, stdin = tools.ALL[tool](job, self.build) if "argv" not in how else how.pop("argv")
        return measure(argv, stdin, **how)

    def fan_out(self, tool, count, fanout, command, runs, memory=True, limit=300, job=None):
        """The usual row: medians of some runs, memory from one more. `job`: another way to these hosts of the load server."""
        self.say(f"{tool}: {command}, {count} hosts, fan-out {fanout or 'all'}")
        job = job or self.server.job(hosts.loopback(count), fanout, command)
        results, server_cpu, failed = [], [], 0
        for _ in range(runs):
            self.server.reset()
            results.append(self.once(tool, job, limit=limit))
            stats = self.server.stats()
            server_cpu.append(stats["cpu_s"] / count * 1000)
            unserved = count - stats["commands"] + stats["unknown"] if tool != "floor" else 0
            failed = max(failed, unserved, int(results[-1]["code"] != 0))
        row = {"tool": tool, "hosts": count, "fanout": fanout or count, "runs": runs, "failed": failed,
               "wall_s": median([r["wall"] for r in results]), "cpu_ms": median([r["cpu"] / count * 1000 for r in results]),
               "cpu_s": median([r["cpu"] for r in results]), "server_cpu_ms": median(server_cpu), "cut": results[-1]["cut"],
               "at_once": stats["running_peak"], "bytes": stats["bytes_out"]}
        if memory:
            looked = self.once(tool, job, memory=True, limit=limit)
            row.update(private_mb=looked["private_mb"], processes=looked["processes"])
        return row
