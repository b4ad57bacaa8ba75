# SPDX-License-Identifier: MIT
"""A rollout in the fewest words: for every line of standard input (name=value pairs, lists with commas) the starts, as TIME:HOST."""
import sys


def batches(n, sizes, together):
    groups, plan = {}, []
    for host in range(n):
        groups.setdefault(together[host] if together else 0, []).append(host)
    for members in groups.values():
        for part in range(n):
            size = sizes[min(part, len(sizes) - 1)] if sizes else str(n)
            count = max(1, int(size[:-1]) * n // 100) if size.endswith("%") else int(size)
            plan += [members[:count]] if members else []
            members = members[count:]
    return plan


def play(n, fanout, limit, soak, delay, threshold, whole, sizes, together, apart, lasts, bad):
    now, earliest, failures = 0, 0, 0
    for batch in batches(n, sizes, together):
        waiting, running, well = list(batch), {}, 0
        while waiting or running:
            for host in list(waiting):
                if (whole or failures < threshold) and len(running) < fanout and now >= earliest and (
                        not apart or sum(apart[one] == apart[host] for one in running) < limit):
                    yield now, host
                    waiting.remove(host)
                    running[host], earliest = now + lasts[host], now + delay
            if not running and failures >= threshold and not whole:
                return
            now = min([*running.values()] + ([earliest] if waiting and earliest > now else []))
            ended = [host for host, end in running.items() if end == now]
            failures += sum(bad[host] for host in ended)
            well += sum(not bad[host] for host in ended)
            running = {host: end for host, end in running.items() if host not in ended}
        if not well or failures >= threshold:
            return
        now += soak


for line in sys.stdin:
    given = dict(pair.split("=") for pair in line.split())
    numbers = [int(given[name]) for name in ("n", "fanout", "limit", "soak", "delay", "threshold", "whole")]
    lists = [[int(one) for one in given[name].split(",") if one] for name in ("together", "apart", "lasts", "bad")]
    print(*(f"{time}:{host}" for time, host in play(*numbers, [one for one in given["sizes"].split(",") if one], *lists)))
