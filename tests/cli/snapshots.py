#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the lines of a file that begin with "$ " in a shell, where muster has --transport exec, and compares what they print with
what stands below each: standard output, then standard error behind "! ", then the exit status in brackets if it is not 0. Times
are replaced. With MUSTER_UPDATE=1 (or --update) the file is written anew, for its difference to be read."""
import difflib
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = os.environ["MUSTER_PROGRAM"]
LIMIT = 60


def blocks_of(text):
    """Comments and empty lines stay where they are: (line, is a command)."""
    skips = False
    for line in text.splitlines():
        if line.startswith("$ "):
            skips = True
            yield line, True
        elif not line or line.startswith("#"):
            skips = False
            yield line, False
        elif not skips:
            raise SystemExit(f"neither a command nor its output: {line}")


def steady(text, folder):
    text = text.replace(folder, "FOLDER").replace(os.path.realpath(folder), "FOLDER")
    text = re.sub(r"\b\d+(\.\d+)? (ms|s|min)\b", "TIME", text)
    return re.sub(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?", "DATE", text)


def result_of(command, folder):
    # Only these, so that no setting of whoever runs the tests counts.
    variables = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": folder, "LANG": "C.UTF-8", "TERM": "dumb",
                 "XDG_STATE_HOME": f"{folder}/state"}
    end = subprocess.run(["bash", "-c", command], cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=LIMIT, check=False)
    lines = steady(end.stdout.decode(errors="backslashreplace"), folder).splitlines()
    lines += ["! " + line for line in steady(end.stderr.decode(errors="backslashreplace"), folder).splitlines()]
    return [line if line else "." for line in lines] + ([f"[{end.returncode}]"] if end.returncode else [])


def written_anew(text):
    with tempfile.TemporaryDirectory(prefix="muster-snapshots.") as folder:
        os.mkdir(f"{folder}/bin")
        with open(f"{folder}/bin/muster", "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec "{PROGRAM}" --transport exec "$@"\n')
        os.chmod(f"{folder}/bin/muster", 0o755)
        lines = []
        for line, is_command in blocks_of(text):
            lines.append(line)
            if is_command:
                lines += result_of(line[2:], folder)
        return "\n".join(lines) + "\n"


def main():
    words = [word for word in sys.argv[1:] if word != "--update"]
    with open(words[0], encoding="utf-8") as file:
        before = file.read()
    now = written_anew(before)
    if "--update" in sys.argv or os.environ.get("MUSTER_UPDATE") == "1":
        with open(words[0], "w", encoding="utf-8") as file:
            file.write(now)
        return 0
    sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), now.splitlines(True), "expected", "printed"))
    return 0 if before == now else 1


if __name__ == "__main__":
    sys.exit(main())
