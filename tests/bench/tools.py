# SPDX-License-Identifier: MIT
"""The programs that are compared: how each is called for the same job."""
import os
import shlex
import shutil
import subprocess
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable   # the one that has Debian's asyncssh


class Job:
    """A command on hosts that a configuration (of ssh) says how to reach."""

    def __init__(self, directory, port, user, key, known_hosts, config, hosts, fanout, command, floor_port=None):
        self.directory, self.port, self.user, self.key, self.known_hosts = directory, port, user, key, known_hosts
        self.config, self.hosts, self.command = config, hosts, command
        self.fanout = fanout or len(hosts)
        self.floor_port = floor_port
        self.bastion = []   # address:port, user, key and known_hosts of a host to jump over
        self.file = os.path.join(directory, "hosts")
        with open(self.file, "w", encoding="ascii") as file:
            file.write("\n".join(hosts) + "\n")


def floor(job, build):
    """The public-key work and the connection alone."""
    return [f"{build}/tests/bench_floor", str(job.floor_port), str(job.fanout)], job.file


def probe(job, build, program="bench_probe"):
    """On libssh2 of the version that muster has, without its patches."""
    return [f"{build}/tests/{program}", job.key, job.user, str(job.port), str(job.fanout), job.command], job.file


def system_probe(job, build):
    """On the system's own libssh2."""
    return probe(job, build, "bench_probe_of_system")


def go(job, build, cores=1):
    words = [f"{build}/tests/go_fan_out", job.key, job.known_hosts, job.user, str(job.port), str(job.fanout), job.command]
    return ["env", f"GOMAXPROCS={cores}", *words, *job.bastion], job.file


def go_all(job, build):
    """On all cores, the server's among them."""
    argv, stdin = go(job, build, len(measure.CORES))
    return ["taskset", "-c", ",".join(str(core) for core in measure.CORES), *argv], stdin


def muster(job, build):
    return [f"{build}/muster", "-F", job.config, "-t", "60s", "-f", str(job.fanout), "--hostfile", job.file, "--",
            job.command], None


def asyncssh(job, _, fail_fast=False):
    words = [PYTHON, "-B", f"{HERE}/asyncssh_fan_out.py", job.key, job.known_hosts, job.user, str(job.port),
             str(job.fanout), job.command]
    return words + (["--fail-fast"] if fail_fast else job.bastion), job.file


def xargs(job, _):
    return ["xargs", "-P", str(job.fanout), "-I", "{}", "ssh", "-n", "-F", job.config, "{}", job.command], job.file


def pssh(job, _):
    return ["parallel-ssh", "-i", "-t", "0", "-p", str(job.fanout), "-h", job.file, "-x", f"-F {job.config}",
            job.command], None


def pdsh(job, _):
    return ["env", f"PDSH_SSH_ARGS_APPEND=-F {job.config}", "pdsh", "-R", "ssh", "-f", str(job.fanout), "-w",
            "^" + job.file, job.command], None


def clush(job, _):
    return ["clush", "-f", str(job.fanout), "-o", f"-F {job.config}", "--hostfile", job.file, job.command], None


def clush_gathered(job, build):
    argv, stdin = clush(job, build)
    return [argv[0], "-b", *argv[1:]], stdin


def pdsh_folded(job, build):
    argv, stdin = pdsh(job, build)
    return ["sh", "-c", shlex.join(argv) + " | dshbak -c"], stdin


def parallel(job, _, fail_fast=False):
    halt = ["--halt", "now,fail=1"] if fail_fast else []
    return ["parallel", "--will-cite", *halt, "-j", str(job.fanout), "ssh", "-n", "-F", job.config, "{}", job.command,
            "::::", job.file], None


def ssh(job, _):
    """One host only."""
    return ["ssh", "-n", "-F", job.config, job.hosts[0], job.command], None


# ---- a file to each host: SOURCE to the name TARGET in the home directory --------------------------------------------------

def push_muster(job, build, source, target):
    return [f"{build}/muster", "-F", job.config, "-t", "60s", "-f", str(job.fanout), "--push", f"{source}:{target}", "--hostfile", job.file], None


def push_scp(job, _, source, target):
    return ["xargs", "-P", str(job.fanout), "-I", "{}", "scp", "-q", "-O", "-F", job.config, source, "{}:" + target], job.file


def push_clush(job, _, source, target):
    return ["clush", "-f", str(job.fanout), "-o", f"-O -F {job.config}", "--hostfile", job.file, "--copy", source, "--dest", target], None


def push_pscp(job, _, source, target):
    return ["parallel-scp", "-t", "0", "-p", str(job.fanout), "-h", job.file, "-x", f"-O -F {job.config}", source, target], None


def push_ansible(job, _, source, target):
    words = ["ansible", "all", "-i", job.file, "-f", str(job.fanout), "-m", "copy", "-a", f"src={source} dest=~/{target}",
             "-e", f"ansible_ssh_common_args='-F {job.config}'", "-e", "ansible_ssh_transfer_method=scp", "-e", "ansible_scp_extra_args=-O",
             "-e", "ansible_python_interpreter=/usr/bin/python3"]
    return ["env", f"ANSIBLE_HOME={job.directory}/.ansible", *words], None


PUSHES = {"muster --push": push_muster, "scp": push_scp, "clush --copy": push_clush, "pscp": push_pscp, "ansible copy": push_ansible}
PUSH_PROGRAMS = {"scp": "scp", "clush --copy": "clush", "pscp": "parallel-scp", "ansible copy": "ansible"}


ALL = {"floor": floor, "probe": probe, "probe/system": system_probe, "go": go, "go/all cores": go_all, "muster": muster, "asyncssh": asyncssh, "xargs+ssh": xargs, "pssh": pssh, "pdsh": pdsh,
       "clush": clush, "clush -b": clush_gathered, "pdsh | dshbak -c": pdsh_folded, "GNU parallel": parallel, "ssh": ssh}

# What must be there; the Debian package that has it.
NEEDS = {"asyncssh": ("python3-asyncssh", None), "xargs+ssh": ("openssh-client", "ssh"), "pssh": ("pssh", "parallel-ssh"),
         "pdsh": ("pdsh", "pdsh"), "clush": ("clustershell", "clush"), "clush -b": ("clustershell", "clush"), "pdsh | dshbak -c": ("pdsh", "dshbak"),
         "GNU parallel": ("parallel", "parallel"),
         "ssh": ("openssh-client", "ssh")}


BUILT = {"probe/system": "bench_probe_of_system", "go": "go_fan_out", "go/all cores": "go_fan_out"}


def installed(tool, build):
    if tool in BUILT:
        return os.path.exists(f"{build}/tests/{BUILT[tool]}")
    if tool not in NEEDS:
        return True
    package, program = NEEDS[tool]
    if program is not None:
        return shutil.which(program) is not None
    return subprocess.run([PYTHON, "-c", f"import {package.removeprefix('python3-')}"], capture_output=True,
                          check=False).returncode == 0


def versions(build):
    lines = subprocess.run([f"{build}/muster", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")
    found = {"muster": ", ".join(line for line in lines if line)}
    packages = sorted({package for package, _ in NEEDS.values()} | {"libssh2-1", "libssh2-1t64", "golang-golang-x-crypto-dev"})
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages], capture_output=True, text=True,
                          check=False).stdout
    found.update(line.split() for line in said.splitlines() if len(line.split()) == 2)
    return found
