#!/bin/bash
# SPDX-License-Identifier: MIT
# The completions in real shells: bash without bash-completion and zsh at a terminal, fish by its own "complete -C".
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-completions.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/home/.ssh" "$work/bin" "$work/cs"
ln -s "$MUSTER_PROGRAM" "$work/bin/muster"
printf 'Host web1 web2 db1\n' >"$work/home/.ssh/config"
printf 'Host other1\n' >"$work/other.conf"
touch "$work/run.jsonl"
printf 'known1 ssh-ed25519 AAAA\n' >"$work/home/.ssh/known_hosts"
chmod 600 "$work/home/.ssh/config"
mkdir -p "$work/home/.dsh/group"
echo web1 >"$work/home/.dsh/group/racks"
cd "$work"
env -i HOME="$work/home" PATH="$work/bin:/usr/local/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 SCRIPTS="$MUSTER_SOURCE_DIR/packaging/completions" \
    CLUSTERSHELL_CFGDIR="$work/cs" python3 - <<'END'
import os, pty, select, shutil, subprocess, sys, time

scripts = os.environ["SCRIPTS"]
# What is typed before the tabulator, and what the line becomes.
cases = [
    ("muster db", "muster db1"),
    ("muster web1,d", "muster web1,db1"),
    ("muster -w web1,kno", "muster -w web1,known1"),
    ("muster @rac", "muster @racks"),
    ("muster web1,@rac", "muster web1,@racks"),
    ("muster -g rac", "muster -g racks"),
    ("muster root@d", "muster root@db1"),
    ("muster -F other.conf ot", "muster -F other.conf other1"),
    ("muster -o HashK", "muster -o HashKnownHosts="),
    ("muster -o StrictHostKeyChecking=acc", "muster -o StrictHostKeyChecking=accept-new"),
    ("muster --dry", "muster --dry-run"),
    ("muster --color ne", "muster --color never"),
    ("muster @last:unrea", "muster @last:unreachable"),
    ("muster web1,@last:fai", "muster web1,@last:failed"),
    ("muster --json=ev", "muster --json=events"),
    ("muster --merge run.j", "muster --merge run.jsonl"),
    ("muster --merge other.conf run.j", "muster --merge other.conf run.jsonl"),
    ("muster web1 mkfif", "muster web1 mkfifo"),
    ("muster -w web1 mkfif", "muster -w web1 mkfifo"),
]


class terminal:
    def __init__(self, words, first):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", PS1="", COLUMNS="200")
            os.execvp(words[0], words)
        self.text = ""
        self.send(first + "; echo ready-$((1+1))\n")
        self.wait("ready-2")

    def send(self, text):
        os.write(self.fd, text.encode())

    def line(self):
        """The text as a terminal shows it: a backspace goes back."""
        shown, at = [], 0
        for c in self.text:
            if c == "\b":
                at = max(at - 1, 0)
            else:
                shown[at:at + 1] = [c]
                at += 1
        return "".join(shown)

    def wait(self, text, limit=60):
        end = time.monotonic() + limit
        while text not in self.line() and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
        return text in self.line()

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


failed = []


def check_terminal(name, shell):
    for line, expected in cases:
        shell.text = ""
        shell.send("\x15" + line + "\t")
        if not shell.wait(expected, 30):
            failed.append(f"{name}: {line!r} gave {shell.text!r} in place of {expected!r}")
        if "not found" in shell.text or "syntax" in shell.text:
            failed.append(f"{name}: {line!r}: an error in {shell.text!r}")
        shell.send("\x15echo next-$((40+2))\n")
        shell.wait("next-42")
    shell.close()


check_terminal("bash", terminal(["bash", "--norc", "--noprofile", "-i"], f"bind 'set bell-style none'; . {scripts}/muster.bash"))
if shutil.which("zsh"):
    set_up = f"PS1=; unsetopt beep zle_bracketed_paste prompt_sp; fpath=({scripts} $fpath); autoload -U compinit; compinit -u -D"
    check_terminal("zsh", terminal(["zsh", "-f", "-i"], set_up))
if shutil.which("fish"):
    for line, expected in cases:
        program = f"source {scripts}/muster.fish; complete -C '{line}'"
        done = subprocess.run(["fish", "--no-config", "-c", program], capture_output=True, text=True)
        words = [each.split("\t")[0] for each in done.stdout.splitlines()]
        if not any(each.startswith(expected.split(" ")[-1]) for each in words):
            failed.append(f"fish: {line!r} gave {words!r} {done.stderr!r}")
    for line in ("muster web1 ls --dry", "muster -w web1 ls --fan"):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {scripts}/muster.fish; complete -C '{line}'"], capture_output=True, text=True)
        if "--dry-run" in done.stdout or "--fanout" in done.stdout:
            failed.append(f"fish: {line!r} offers options of muster: {done.stdout!r}")
print("\n".join(failed))
sys.exit(1 if failed else 0)
END
