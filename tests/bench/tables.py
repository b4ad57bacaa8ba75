# SPDX-License-Identifier: MIT
"""Results as Markdown: the targets with what was reached, and a table per scenario."""
import math

COLUMNS = [("hosts", "hosts", "{:.0f}"), ("fanout", "fan-out", "{:.0f}"), ("wall_s", "wall s", "{:.2f}"), ("wall_ms", "wall ms", "{:.1f}"),
           ("least_ms", "least ms", "{:.1f}"), ("first_line_ms", "first line after ms", "{:.0f}"), ("us_a_host", "us a host", "{:.0f}"), ("cpu_ms", "client CPU ms/host", "{:.2f}"), ("x_floor", "x floor", "{:.2f}"), ("x_probe", "x probe", "{:.2f}"), ("x_go", "x go", "{:.2f}"), ("cpu_s", "client CPU s", "{:.2f}"), ("x_live", "x live", "{:.2f}"),
           ("private_mb", "private MB", "{:.0f}"), ("resident_mb", "resident MB", "{:.0f}"), ("kib_each", "KiB each", "{:.1f}"), ("processes", "processes", "{:.0f}"), ("server_cpu_ms", "server CPU ms/host", "{:.2f}"),
           ("at_once", "running at once", "{:.0f}"), ("mb", "MiB a host", "{:.0f}"), ("mb_a_second", "MB/s", "{:.0f}"), ("mb_a_cpu_second", "MB a CPU second", "{:.0f}"),
           ("lines", "lines", "{:.0f}"),
           ("most_lines_after_s", "98 lines after s", "{:.2f}"), ("signals", "signals", "{:.0f}"), ("last_signal_s", "last signal after s", "{:.2f}"),
           ("exit_after_s", "exit after s", "{:.2f}"), ("left_running", "left running", "{:.0f}"), ("round_trips", "round trips", "{:.0f}"),
           ("failed", "failed", "{:.0f}"), ("runs", "runs", "{:.0f}")]


# What x floor, x probe and x go divide by; the probe is the faster of the two.
YARDSTICKS = {"x_floor": ("floor",), "x_probe": ("probe", "probe/system"), "x_go": ("go",)}


def add_ratios(rows):
    """CPU per host over the yardsticks': of the same size and fan-out, else of what there is with as much output."""
    measured = [row for row in rows if row.get("cpu_ms") and row["hosts"] > 1]
    for row in measured:
        for ratio, names in YARDSTICKS.items():
            alike = [other for other in measured if other["tool"] in names and other.get("mb") == row.get("mb")]
            same = [other for other in alike if (other["hosts"], other["fanout"]) == (row["hosts"], row["fanout"])]
            if alike:
                row[ratio] = row["cpu_ms"] / min(other["cpu_ms"] for other in same or alike[:1])


def slower_probes(results, earlier):
    """The probes whose CPU has become more than a tenth more floors than in an earlier run: a yardstick that became slower
    flatters everybody who is measured with it."""
    floors = lambda rows, tool: next((row["x_floor"] for row in rows.get("true_main", []) if row["tool"] == tool and row.get("x_floor")), None)
    for tool in YARDSTICKS["x_probe"]:
        now, then = floors(results, tool), floors(earlier, tool)
        if now and then and now > 1.1 * then:
            yield f"{tool} takes {now:.2f} floors, {then:.2f} in the last committed run: it has become slower, the ratios to it flatter"


def cell(row, name, form):
    value = row.get(name)
    if value is None:
        return ""
    if name == "wall_s" and row.get("cut"):
        return "> " + form.format(value)
    return form.format(value)


def table(rows):
    used = [column for column in COLUMNS if any(row.get(column[0]) is not None for row in rows)]
    if any(row.get("cpu_ms") is not None for row in rows):
        used = [column for column in used if column[0] != "cpu_s"]
    yield "| tool | " + " | ".join(title for _, title, _ in used) + " |"
    yield "|---|" + "---|" * len(used)
    for row in rows:
        yield f"| {row['tool']} | " + " | ".join(cell(row, name, form) for name, _, form in used) + " |"


# ---- the targets -----------------------------------------------------------------------------------------------------------

class Found:
    """Looks rows up; what was not run is None."""

    def __init__(self, results):
        self.results = results

    def row(self, scenario, tool, **where):
        for row in self.results.get(scenario, []):
            if row["tool"] == tool and all(row.get(key) == value for key, value in where.items()):
                return row
        return None

    def value(self, scenario, tool, figure, **where):
        row = self.row(scenario, tool, **where)
        return row.get(figure) if row else None

    def ratio(self, scenario, figure, over, under="muster", where=None, per_host=False):
        """Over the best of `over`, when that is several."""
        scale = lambda row: row["hosts"] if per_host else 1
        rows = lambda names: [self.row(scenario, name, **(where or {})) for name in names]
        figures = lambda names: [row[figure] / scale(row) for row in rows(names) if row and row.get(figure)]
        mine, theirs = figures((under,)), figures((over,) if isinstance(over, str) else tuple(over))
        return mine[0] / min(theirs) if mine and theirs else None


def reciprocal(value):
    return 1 / value if value else None


def targets(results):
    """(what, measured, its form, reach, aim): met when measured is at most that."""
    found = Found(results)
    main, output = "true_main", "output"
    live = {"hosts": 1000, "fanout": 1000}
    rate = lambda tool: found.value(output, tool, "mb_a_second")
    cpu = lambda tool: found.value(output, tool, "cpu_s")
    stops = [row["exit_after_s"] for row in results.get("fail_fast", []) if row["tool"] == "muster" and row["exit_after_s"]]
    probes = YARDSTICKS["x_probe"]
    start = [found.value("start_up", tool, "wall_ms") for tool in ("muster", "probe")]
    trips = [found.value("round_trips", tool, "round_trips") for tool in ("muster", "ssh")]
    sleeping = found.value("live_sessions", "muster", "private_mb", **live)
    yield "`true`, 1000 hosts: CPU, times the probe's", found.ratio(main, "cpu_ms", probes), "{:.2f}", 1.15, 1.0
    yield "- the same, least of the runs", found.ratio(main, "least_cpu_ms", probes), "{:.2f}", 1.15, 1.0
    yield "- CPU, times go's on one core", found.ratio(main, "cpu_ms", "go"), "{:.2f}", 1.0, 0.85
    yield "- the same, least of the runs", found.ratio(main, "least_cpu_ms", "go"), "{:.2f}", 1.0, 0.85
    yield "- CPU, pdsh's over muster's", reciprocal(found.ratio(main, "cpu_ms", "pdsh")), "{:.0f}", -25, None
    yield "- CPU, asyncssh's over muster's", reciprocal(found.ratio(main, "cpu_ms", "asyncssh")), "{:.1f}", -5, None
    yield "- wall, times the probe's", found.ratio(main, "wall_s", probes), "{:.2f}", 1.15, 1.0
    yield "- wall, times go's on one core", found.ratio(main, "wall_s", "go"), "{:.2f}", 1.0, 0.85
    yield "- wall a host, pdsh's over muster's", reciprocal(found.ratio(main, "wall_s", "pdsh", per_host=True)), "{:.0f}", -20, None
    yield "- wall, asyncssh's over muster's", reciprocal(found.ratio(main, "wall_s", "asyncssh")), "{:.1f}", -5, None
    yield "10,000 at once: failed", found.value("ten_thousand", "muster", "failed"), "{:.0f}", 0, None
    yield "- CPU, times go's", found.ratio("ten_thousand", "cpu_ms", "go"), "{:.2f}", 1.0, None
    yield "- private memory, times go's", found.ratio("ten_thousand", "private_mb", "go"), "{:.2f}", 1.0, None
    yield "1000 live sessions: private KiB each, beyond 15 MB", sleeping and (sleeping - 15) * 1.024, "{:.0f}", 20, None
    every = found.value("live_sessions", "muster", "private_mb", hosts=10000)
    yield "10,000 live sessions: private KiB each, beyond 15 MB", every and (every - 15) * 0.1024, "{:.0f}", 20, None
    yield "10,000 hosts, fan-out 128: private MB", found.value("true_sizes", "muster", "private_mb", hosts=10000, fanout=128), "{:.0f}", 20, None
    yield "`sleep 1` on 1000: wall, times the probe's", found.ratio("sleep_one", "wall_s", probes, where=live), "{:.2f}", 1.0, None
    yield "100 x 10 MiB: MB/s over pdsh's", rate("pdsh") and rate("muster") and rate("muster") / rate("pdsh"), "{:.0f}", -15, -20
    yield "- CPU, times the probe's", cpu("probe") and cpu("muster") and cpu("muster") / cpu("probe"), "{:.2f}", 1.3, None
    yield "- private MB", found.value(output, "muster", "private_mb"), "{:.0f}", 60, 30
    yield "- KiB for a host that waits", found.value("waiting_hosts", "muster", "kib_each"), "{:.2f}", 0.5, None
    yield "- private MB, slow reader", found.value("slow_reader", "muster", "private_mb"), "{:.0f}", 30, None
    shown = results.get("views", [])
    peers = [row for row in shown if not row["tool"].startswith("muster")]
    most = lambda figure: max((row[figure] for row in peers), default=None)
    for figure, unit in ("mb_a_second", "MB/s"), ("mb_a_cpu_second", "MB a CPU second"):
        own = found.value("views", "muster", figure)
        yield f"live lines: {unit}, times the best of clush -b, pdsh with dshbak -c, pssh", own and most(figure) and own / most(figure), "{:.0f}", -10, None
    yield "the dearest view: CPU, times that of live lines", max((row["x_live"] for row in shown if row.get("x_live")), default=None), "{:.2f}", 2, None
    yield "fail-fast among 1000: exit after s", max(stops, default=None), "{:.2f}", 0.7, 0.3
    yield "one host: ms beyond the probe's", start[0] - start[1] if None not in start else None, "{:.1f}", 2, None
    yield from far_and_many(results, found)
    yield "50 ms round trip: round trips more than ssh's", trips[0] - trips[1] if None not in trips else None, "{:.0f}", 0, -1


def far_and_many(results, found):
    """Fan-outs as people have them, and very many hosts."""
    for scenario, name in ("real_sshd", "real sshd"), ("lossy", "a network that loses segments"), ("bastion", "a bastion"):
        peers = [row["tool"] for row in results.get(scenario, [])
                 if not row["tool"].startswith(("muster", "floor", "probe")) and not row["failed"]]
        for figure in ("wall_s", "cpu_ms", "private_mb"):
            yield f"{name}: {figure}, times the best tool's without failures", found.ratio(scenario, figure, peers), "{:.2f}", 1.0, None
    for what in ("output", "input"):
        yield f"30 MB of {what} behind 50 ms: wall, times ssh's", found.ratio("far_bulk", "wall_s", f"ssh, {what}", f"muster, {what}"), "{:.2f}", 1.0, None
    yield "first line of 1000 hosts after ms", found.value("first_output", "muster", "first_line_ms"), "{:.0f}", 100, None
    yield "100,000 lines of known_hosts: first line after ms", found.value("known_lines", "muster", "first_line_ms", hosts=100_000), "{:.0f}", 1000, None
    signals = [row["last_signal_s"] if row["signals"] >= row["hosts"] else math.inf for row in results.get("interrupt", []) if row["hosts"] == 10_000]
    yield "Ctrl-C of 10,000 sessions: last signal after s", max(signals, default=None), "{:.2f}", 2, None
    few, many = ({"hosts": count} for count in (10_000, 1_000_000))
    for figure, name in ("us_a_host", "wall"), ("kib_each", "memory"):
        for what, scenario, tool in ("1,000,000 hosts that refuse", "refused", "muster"), ("the engine with 1,000,000 hosts", "at_once", "muster's engine"):
            one, other = (found.value(scenario, tool, figure, **where) for where in (few, many))
            yield f"{what}: {name} a host, times that of 10,000", one and other and other / one, "{:.2f}", 1.5, None


def verdict(measured, reach, aim):
    """Negative targets: the larger the better (but for the round trips, where they are meant)."""
    met = lambda limit: limit is not None and (measured >= -limit if limit <= -5 else measured <= limit)
    if aim is not None and met(aim):
        return "aim"
    return "reached" if met(reach) else "missed" if reach is not None else "aim missed"


def limit_text(limit):
    return "" if limit is None else f">= {-limit}" if limit <= -5 else f"<= {limit}"


def target_table(results):
    yield "| target | measured | reach | aim | |"
    yield "|---|---|---|---|---|"
    for what, measured, form, reach, aim in targets(results):
        if measured is not None:
            yield f"| {what} | {form.format(measured)} | {limit_text(reach)} | {limit_text(aim)} | {verdict(measured, reach, aim)} |"


def document(about, results, titles):
    yield f"# {about['title']}"
    yield ""
    for line in about["lines"]:
        yield line
    yield ""
    yield "## Targets"
    yield ""
    yield from target_table(results)
    for name, rows in results.items():
        yield ""
        yield f"## {titles[name]}"
        yield ""
        yield from table(rows)
