#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs muster on a pseudo-terminal and reads the screen that a terminal emulator makes of what it writes. Each function whose
name begins with test_ is a test; the names given as arguments choose some."""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time

try:
    import pyte
except ImportError:
    print("python3-pyte is not installed", file=sys.stderr)
    sys.exit(77)

PROGRAM = os.environ["MUSTER_PROGRAM"]
LIMIT = 30  # seconds that a condition may take


class Terminal:
    """muster in a session of its own, on a terminal of the given size."""

    def __init__(self, words, columns=80, rows=24, shell=None, environment=None):
        self.screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.chunks = []
        self.status = None
        variables = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": tempfile.gettempdir()}
        variables.update(environment or {})
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            if shell:
                os.execvpe("bash", ["bash", "--norc", "-i"], dict(variables, PS1="$ ", HISTFILE="", M=PROGRAM))
            os.execvpe(PROGRAM, [PROGRAM, "--transport", "exec", *words], variables)
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def pump(self, limit=0.05):
        ready, _, _ = select.select([self.master], [], [], limit)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        if not data:
            return False
        self.raw += data
        self.chunks.append((time.monotonic(), data))
        self.stream.feed(data.replace(b"\x1b[?2026h", b"").replace(b"\x1b[?2026l", b""))
        return True

    def lines(self):
        above = ["".join(row[x].data for x in range(self.screen.columns)).rstrip() for row in self.screen.history.top]
        return above + [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def wait_for(self, condition, what):
        until = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > until or not (self.pump() or condition()):
                raise AssertionError(f"{what}: the screen is\n{self.text()}")

    def shows(self, text):
        self.wait_for(lambda: text in self.text(), f"'{text}' is not shown")

    def passes(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.pump()

    def types(self, text):
        os.write(self.master, text.encode())

    def signal(self, number):
        os.kill(self.pid, number)

    def end(self):
        while self.pump(LIMIT):
            pass
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


def check(condition, what, terminal):
    if not condition:
        raise AssertionError(f"{what}: the screen is\n{terminal.text()}")


def echoes(terminal):
    return bool(termios.tcgetattr(terminal.master)[3] & termios.ECHO)


def with_terminal(*arguments, **options):
    def wrap(test):
        def run():
            terminal = Terminal(*arguments, **options)
            try:
                test(terminal)
            finally:
                terminal.close()
        run.__name__ = test.__name__
        return run
    return wrap


@with_terminal(["web[1-6]", "case {host} in web1) exit 3;; web2) echo fine;; *) echo at work; sleep 300;; esac"])
def test_few_hosts_have_cells_and_a_failure_is_named_at_once(terminal):
    terminal.shows("✗ web1: exit status 3 after")
    terminal.shows("at work")
    terminal.shows("2/6  waiting for web")
    terminal.shows("✔ web2")
    terminal.types("\x03")
    terminal.shows("stopping 4 hosts (Ctrl-C again: at once)")
    check(terminal.end() == -signal.SIGINT, "Ctrl-C ends with SIGINT", terminal)
    check("✔ ok" in terminal.text() and "again:  muster" in terminal.text(), "the end is told", terminal)
    check("waiting for" not in terminal.text(), "nothing pinned is left", terminal)


@with_terminal(["-f", "20", "n[1-60]", "case {host} in n7|n8) exit 1;; esac; [ {host} = n60 ] || sleep 0.3"])
def test_many_hosts_are_a_character_each(terminal):
    terminal.shows("▸")
    terminal.shows("·")
    terminal.end()
    check("✗ failed   2  n[7-8]  exit status 1" in terminal.text(), "causes are folded", terminal)


@with_terminal(["-f", "64", "n[1-1000]", "[ {host} = n1000 ] && sleep 300; :"])
def test_a_thousand_hosts_are_a_share(terminal):
    terminal.shows("▓")
    terminal.shows("waiting for n1000")
    terminal.types("\x03")
    terminal.end()


@with_terminal(["a,b,c,d", "i=0; while [ $i -lt 200 ]; do echo {host} $i; i=$((i+1)); sleep 0.01; done"])
def test_output_flows_above_the_block_in_ten_frames_a_second(terminal):
    terminal.shows("waiting for")
    terminal.end()
    lines = [line for line in terminal.lines() if line.startswith("a: a ")]
    check(lines == [f"a: a {i}" for i in range(200)], "no line is lost, torn or twice", terminal)
    frames = terminal.raw.count(b"\x1b[?2026h")
    taken = terminal.chunks[-1][0] - terminal.chunks[0][0]
    check(0 < frames <= 11 * taken + 5, f"{frames} frames in {taken:.1f} s", terminal)


@with_terminal(["n[1-40]", "yes {host} and a line that is as long as those of a busy service are"])
def test_a_slow_terminal_shows_how_a_flood_ended(terminal):
    begun = time.monotonic()
    typed = False
    while True:
        try:
            data = os.read(terminal.master, 4096)
        except OSError:
            break
        terminal.raw += data
        time.sleep(max(0, begun + len(terminal.raw) / 1_000_000 - time.monotonic()))
        if not typed and time.monotonic() - begun > 1:
            terminal.types("\x03")
            typed = True
    check(b"stopped" in terminal.raw[-3000:] and b"again:" in terminal.raw[-1000:], "the end is lost", terminal)


@with_terminal(["-n", "w[1-4]", "printf 'Filesystem\\tSize\\tUsed\\tAvail\\tUse%%\\n'; sleep 300"])
def test_tabs_do_not_break_the_block(terminal):
    terminal.shows("Filesystem Size Used Avail")
    frames = terminal.raw.count(b"\x1b[?2026h")
    terminal.wait_for(lambda: terminal.raw.count(b"\x1b[?2026h") > frames + 3, "further frames are drawn")
    check(sum("w1 " in line and "Filesystem" in line for line in terminal.lines()) == 1, "one block is on the screen", terminal)
    terminal.types("\x03")
    terminal.end()
    check(not any("Filesystem Size" in line for line in terminal.lines()), "nothing of it is left", terminal)


@with_terminal(["--dry-run", "a", "echo \x1b]0;title\x07\nnext \u202e"])
def test_a_plan_does_not_drive_the_terminal(terminal):
    terminal.shows("next \\u202e")
    check(terminal.screen.title == "" and "\\x1b]0;title\\x07" in terminal.text(), "it is spelled out", terminal)
    terminal.end()


@with_terminal(["a,b", "sleep 300"], columns=80, rows=24)
def test_a_resize_is_followed(terminal):
    terminal.shows("0/2  waiting for a b")
    terminal.resize(40, 12)
    terminal.wait_for(lambda: sum("waiting for" in line for line in terminal.screen.display) == 1, "one block")
    terminal.resize(120, 8)
    terminal.wait_for(lambda: not any("waiting for" in line for line in terminal.screen.display), "nothing on a small one")
    terminal.types("\x03")
    terminal.end()


@with_terminal(["a,b", "printf 'Proceed? [y/N] '; sleep 300"])
def test_keys_tell_who_runs_and_leave_the_mode_as_it_was(terminal):
    terminal.shows("s: who")
    check(not echoes(terminal), "keys are not echoed", terminal)
    terminal.types("s")
    terminal.shows("muster: a: command for")
    terminal.shows("waits behind: Proceed? [y/N]")
    terminal.types("f")
    terminal.shows("no failures so far")
    terminal.types("?")
    terminal.shows("Enter or s: who runs")
    terminal.types("\x03")
    terminal.end()
    check(True, "", terminal)


@with_terminal([], shell=True)
def test_what_is_typed_before_the_keys_are_named_stays_the_shells(terminal):
    terminal.shows("$")
    terminal.types("$M --transport exec a,b,c 'sleep 4.5'\n")
    terminal.shows("waiting for")
    terminal.wait_for(lambda: not echoes(terminal), "no echo into the block")
    terminal.types("echo got-$((40 + 2)); exit\n")
    terminal.shows("ok  3")
    check("s: who" not in terminal.text(), "no key is read while a line waits for the shell", terminal)
    check("waiting for" not in terminal.text(), "the block leaves no row behind", terminal)
    terminal.shows("got-42")
    check("running" not in terminal.text(), "Enter was not taken for a key", terminal)


@with_terminal([], rows=9, shell=True)
def test_without_a_block_no_key_is_read(terminal):
    terminal.shows("$")
    terminal.types("$M --transport exec a,b 'sleep 4.5'\n")
    terminal.passes(3.7)
    check(echoes(terminal), "the terminal is as it was", terminal)
    terminal.types("echo got-$((40 + 2)); exit\n")
    terminal.shows("got-42")


@with_terminal([], shell=True)
def test_keys_end_with_the_block_that_names_them(terminal):
    terminal.shows("$")
    terminal.types("$M --transport exec a,b 'sleep 6'\n")
    terminal.shows("s: who")
    terminal.resize(80, 9)
    terminal.passes(1)  # in which the block is composed anew
    terminal.types("echo got-$((40 + 2)); exit\n")
    terminal.shows("got-42")


@with_terminal(["-N", "a", "sleep 0.5; printf 'no end'"])
def test_the_end_is_told_in_a_row_of_its_own(terminal):
    terminal.end()
    check("no end" in terminal.lines(), "the output", terminal)
    check(any(line.startswith("✔ ok  1") for line in terminal.lines()), "the end", terminal)


@with_terminal(["--batch", "1", "--approve", "a,b,c", "[ {host} = c ] || { echo at {host}; sleep 3.5; }"])
def test_a_question_has_the_terminal_to_itself_and_keys_come_back(terminal):
    for batch in (2, 3):
        terminal.shows("s: who")
        terminal.shows(f"batch {batch} of 3, 1 host: {'abc'[batch - 1]}. So far {batch - 1} ok, 0 failed. Go on?")
        check(echoes(terminal), "what is typed for a question is shown", terminal)
        terminal.types("show\n")
        terminal.wait_for(lambda: terminal.text().count(f"batch {batch} of 3, 1 host") == 2, "asked again")
        terminal.types("y\n")
        terminal.shows(f"batch {batch} of 3: " if batch == 3 else "at b")
    check(terminal.end() == 0, "all have agreed", terminal)


@with_terminal([], shell=True)
def test_a_question_comes_back_from_the_background(terminal):
    terminal.shows("$")
    terminal.types("$M --transport exec --batch 1 --approve a,b 'sleep 3.2'\n")
    terminal.shows("Go on?")
    terminal.types("\x1a")
    terminal.shows("Stopped")
    terminal.types("fg\n")
    terminal.shows("fg")
    terminal.types("y\n")
    terminal.shows("ok  2")
    terminal.types("exit\n")
    terminal.end()


@with_terminal([], shell=True)
def test_ctrl_z_gives_the_terminal_back_and_fg_comes_back(terminal):
    terminal.shows("$")
    terminal.types("$M --transport exec a,b 'sleep 300'\n")
    terminal.shows("s: who")
    terminal.types("\x1a")
    terminal.shows("Stopped")
    check("waiting for" not in terminal.screen.display[terminal.screen.cursor.y - 1], "the block is gone", terminal)
    terminal.types("echo typed\n")
    terminal.shows("typed")
    terminal.types("fg\n")
    terminal.shows("waiting for")
    terminal.types("\x03")
    terminal.shows("stopping")
    terminal.types("exit\n")
    terminal.end()


@with_terminal([], shell=True)
def test_in_the_background_nothing_wipes_what_is_typed(terminal):
    terminal.shows("$")
    terminal.types("$M --transport exec a,b 'sleep 300' &\n")
    terminal.shows("[1]")
    terminal.types("half a line")
    until = time.monotonic() + 2
    while time.monotonic() < until:
        terminal.pump()
    check("half a line" in terminal.text() and "waiting for" not in terminal.text(), "typed text stays", terminal)
    terminal.types("\x15kill -INT %1; wait; exit\n")
    terminal.end()


@with_terminal([], shell=True)
def test_nothing_is_drawn_over_a_pager(terminal):
    terminal.shows("$")
    terminal.types("LESS= $M --transport exec a,b 'for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.2; done; sleep 300' | less\n")
    terminal.shows("b: line 9")
    until = time.monotonic() + 2
    while time.monotonic() < until:
        terminal.pump()
        check("waiting for" not in "\n".join(terminal.screen.display), "the pager has the terminal", terminal)
    terminal.types("\x03q")
    terminal.types("q")
    terminal.shows("stopping")


@with_terminal(["a,b", "sleep 300"], columns=24, rows=12)
def test_a_narrow_terminal_gets_what_fits(terminal):
    terminal.shows("0/2 · ok 0 · 0s")
    terminal.shows("0/2 · 3s · s: who")
    terminal.types("\x03")
    terminal.end()


@with_terminal(["a,b", "sleep 1; exit 3"], environment={"TERM": "dumb"})
def test_a_dumb_terminal_gets_lines(terminal):
    terminal.end()
    check(b"\x1b" not in terminal.raw, "no control sequence", terminal)
    check("muster: 2 hosts: 0 ok, 2 failed" in terminal.text(), "the stable lines", terminal)


@with_terminal(["a,b", "sleep 0.5; exit 3"], environment={"NO_COLOR": "1"})
def test_without_colours_the_forms_are_ascii(terminal):
    terminal.shows("waiting for")
    terminal.end()
    check(all(ord(character) < 128 for character in terminal.text()), "ASCII alone", terminal)
    check(b"\x1b[3" not in terminal.raw, "no colour", terminal)


HOSTILE = (r"printf '\033]0;title\007\033]52;c;aGk=\007\033[2J\033[1;1Hx\033[?1049h\033[8mhidden\033[0m\n';"
           r" printf 'one\rweb2: forged\n'; printf '\342\200\256rtl\n'; printf '\033[31mred\n'; printf '\233 31m\377\n'")


@with_terminal(["web1", HOSTILE])
def test_no_output_moves_the_cursor_or_sets_the_title(terminal):
    terminal.end()
    check(terminal.screen.title == "", "no title", terminal)
    for bad in (b"\x1b]", b"\x1b[2J", b"\x1b[1;1H", b"\x1b[?1049h", b"\x1b[8m", b"\xe2\x80\xae", b"\x9b"):
        check(bad not in terminal.raw, f"{bad!r} passes", terminal)
    check(b"\x1b[31mred\x1b[0m" in terminal.raw, "colours pass and end", terminal)
    check(sum(line.startswith("web1: ") for line in terminal.lines()) == 5, "each line has its label", terminal)


@with_terminal(["-b", "web[1-2]", HOSTILE])
def test_gathered_output_is_harmless(terminal):
    terminal.end()
    for bad in (b"\x1b]", b"\x1b[1;1H", b"\x1b[?1049h", b"\xe2\x80\xae"):
        check(bad not in terminal.raw, f"{bad!r} passes", terminal)
    check("web[1-2] (2 of 2)" in terminal.text(), "under its hosts", terminal)


def main(names):
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    failed = 0
    for name, test in tests.items():
        if names and name not in names:
            continue
        try:
            test()
            print(f"ok: {name}")
        except AssertionError as error:
            failed += 1
            print(f"FAILED: {name}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
