# SPDX-License-Identifier: MIT
"""Runs a program with everything it starts on one core, and says what that took."""
import ctypes
import json
import os
import select
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = CORES[-1], CORES[0]


class Output:
    """What becomes of a program's standard output."""
    DISCARDED = "discarded"
    SLOWLY = "slowly"   # a pipe whose reader takes about 16 MB a second
    LINES = "lines"     # a pipe; the time of every line is noted


def tree_of(root):
    """The numbers of `root` and of all processes below it."""
    children = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError):
            continue
        children.setdefault(parent, []).append(int(name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def private_kib(pid):
    """Memory that would be free if the process ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    except (OSError, ValueError):
        return 0


class Watch:
    """The child's life, as its parent sees it."""

    def __init__(self, root, pipe, output, memory, limit):
        self.root, self.pipe, self.output, self.memory = root, pipe, output, memory
        self.begun = time.monotonic()
        self.until = self.begun + limit
        self.result = {"wall": None, "code": None, "ended_at": None, "private_mb": None, "processes": 1, "lines": 0,
                       "line_times": [], "cut": False}

    def run(self):
        next_look = self.begun
        while self.result["wall"] is None:
            if self.memory and time.monotonic() >= next_look:
                cost = self.look_at_memory()
                next_look = time.monotonic() + max(0.02, 2 * cost)
            self.read_output()
            self.reap(block=self.pipe is None and not self.memory)
            if time.monotonic() > self.until:
                self.end()
        while self.pipe is not None:
            self.read_output()
        self.wait_for_the_rest()
        return self.result

    def reap(self, block):
        if block:
            signal.setitimer(signal.ITIMER_REAL, max(0.01, self.until - time.monotonic()))
        try:
            pid, status = os.waitpid(-1, 0 if block else os.WNOHANG)
        except InterruptedError:
            return
        if pid == self.root:
            self.result["wall"] = time.monotonic() - self.begun
            self.result["ended_at"] = time.time()
            self.result["code"] = os.waitstatus_to_exitcode(status)
        elif pid == 0:
            time.sleep(0.002)

    def end(self):
        """The time is over: a slow reader's run, or one that hangs."""
        self.result["cut"] = True
        for pid in tree_of(self.root):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.until += 3600

    def look_at_memory(self):
        begun = time.monotonic()
        pids = tree_of(self.root)
        total = sum(private_kib(pid) for pid in pids) / 1024
        self.result["private_mb"] = max(self.result["private_mb"] or 0, total)
        self.result["processes"] = max(self.result["processes"], len(pids))
        return time.monotonic() - begun

    def read_output(self):
        if self.pipe is None or not select.select([self.pipe], [], [], 0.01)[0]:
            return
        piece = os.read(self.pipe, 16384 if self.output == Output.SLOWLY else 1 << 20)
        if not piece:
            os.close(self.pipe)
            self.pipe = None
        elif self.output == Output.SLOWLY:
            time.sleep(0.001)
        else:
            lines = piece.count(b"\n")
            self.result["lines"] += lines
            self.result["line_times"] += [time.monotonic() - self.begun] * lines

    @staticmethod
    def wait_for_the_rest():
        """What the program has left behind counts as its own; it is ended after a moment."""
        until = time.monotonic() + 5
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                time.sleep(0.01)
                if time.monotonic() > until:
                    for orphan in tree_of(os.getpid())[1:]:
                        os.kill(orphan, signal.SIGKILL)


def start(argv, stdin, output):
    """The program in a session of its own, on the client's core: its number, and the pipe to read, if any."""
    reading, writing = os.pipe() if output != Output.DISCARDED else (None, None)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.sched_setaffinity(0, {CLIENT_CORE})
        os.dup2(os.open(stdin or "/dev/null", os.O_RDONLY), 0)
        os.dup2(os.open("/dev/null", os.O_WRONLY) if writing is None else writing, 1)
        os.dup2(os.open(os.environ.get("MUSTER_BENCH_ERRORS", "/dev/null"), os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        os.closerange(3, 64)
        try:
            os.execvp(argv[0], argv)
        finally:
            os._exit(127)
    if writing is not None:
        os.close(writing)
    return pid, reading


def supervise(argv, stdin, output, memory, limit):
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(InterruptedError()))
    os.sched_setaffinity(0, {SERVER_CORE})
    pid, pipe = start(argv, stdin, output)
    result = Watch(pid, pipe, output, memory, limit).run()
    used = __import__("resource").getrusage(__import__("resource").RUSAGE_CHILDREN)
    result["cpu"] = used.ru_utime + used.ru_stime
    result["user"] = used.ru_utime
    result["resident_mb"] = used.ru_maxrss / 1024   # of the largest process, with what it shares
    return result


def measure(argv, stdin=None, output=Output.DISCARDED, memory=False, limit=120):
    """Wall and CPU seconds of the whole tree, its exit code and, if asked for, its largest private memory. The looks at
    the memory take time: figures of such a run are for its memory only."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "w") as pipe:
                json.dump(supervise(argv, stdin, output, memory, limit), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        raise RuntimeError(f"could not measure {argv[0]}")
    return json.loads(text)
