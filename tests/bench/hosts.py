# SPDX-License-Identifier: MIT
"""What the tools are let loose on: the load server, a fleet of real sshd, and a slow network in front of one host."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

import measure
import tools

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def loopback(count):
    return [f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}" for i in range(count)]


class Child:
    """A program that says "ready PORT" and ends with its standard input."""

    def __init__(self, *argv, core=None):
        pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=pin)
        word, self.port = self.process.stdout.readline().split()
        assert word == "ready"

    def ask(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def last_words(self):
        self.process.stdin.close()
        said = self.process.stdout.readlines()
        self.process.wait()
        return json.loads(said[-1])


class LoadServer:
    """Thousands of hosts on the server's core."""

    def __init__(self, build):
        self.directory = tempfile.mkdtemp(prefix="muster-bench.")
        self.child = Child(f"{build}/tests/load_server", self.directory, core=measure.SERVER_CORE)
        self.floor = Child(f"{build}/tests/bench_floor", "serve", core=measure.SERVER_CORE)

    def reset(self):
        self.child.ask("reset")

    def stats(self):
        self.child.ask("stats")
        return json.loads(self.child.process.stdout.readline())

    def job(self, hosts, fanout, command, port=None):
        path = lambda name: os.path.join(self.directory, name)
        config = path("config")
        if port is not None:
            with open(path("config"), encoding="ascii") as file:
                text = file.read().replace(f"Port {self.child.port}\n", f"Port {port}\n")
            config = path("config-relay")
            with open(config, "w", encoding="ascii") as file:
                file.write(text)
        return tools.Job(self.directory, port or self.child.port, "load", path("client"), path("known_hosts"), config,
                         hosts, fanout, command, self.floor.port)

    def close(self):
        self.floor.last_words()
        self.child.last_words()
        shutil.rmtree(self.directory)


class Relay:
    """`delay_ms` between a client and a server, there and back, and what more relay.py takes."""

    def __init__(self, delay_ms, address, port, *more):
        words = [str(word) for word in (delay_ms, address, port, *more)]
        self.child = Child(sys.executable, "-B", f"{HERE}/relay.py", *words, core=measure.SERVER_CORE)

    def close(self):
        return self.child.last_words()


def claim_memory(folder, size):
    """A virtual machine gets memory when it first writes to it, for which the first tool would pay."""
    path, piece = f"{folder}/.claim", bytes(1 << 20)
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(piece)
    os.unlink(path)


class SshdFleet:
    """Sixteen addresses of one real sshd, under as many names as wanted; `own_folders`: each name has a home of its own."""

    def __init__(self, names, own_folders=False, server_lines=""):
        self.directory = tempfile.mkdtemp(prefix="muster-bench.", dir="/dev/shm" if own_folders else None)
        os.chmod(self.directory, 0o755)
        environment, self.homes = dict(os.environ), None
        if own_folders:
            server_lines += f"\nAcceptEnv OWN_HOME\nForceCommand exec {self.write_login()}"
        environment["MUSTER_FLEET_SSHD"] = server_lines
        argv = ["taskset", "-c", str(measure.SERVER_CORE), f"{TOP}/packaging/fleet", "start", self.directory]
        subprocess.run(argv + [f"h{i}" for i in range(16)], check=True, stdout=subprocess.DEVNULL, env=environment)
        with open(f"{self.directory}/config", encoding="ascii") as file:
            text = file.read()
        self.addresses = [line.split()[1] for line in text.splitlines() if line.split()[0] == "HostName"]
        self.port = next(line.split()[1] for line in text.splitlines() if line.split()[0] == "Port")
        home = lambda i: f"    SetEnv OWN_HOME=s{i}\n" if own_folders else ""
        blocks = "".join(f"Host s{i}\n    HostName {self.addresses[i % 16]}\n{home(i)}" for i in range(names))
        with open(f"{self.directory}/config", "w", encoding="ascii") as file:
            file.write(blocks + text + "    IdentityAgent none\n    IdentitiesOnly yes\n    LogLevel ERROR\n")
        self.names = [f"s{i}" for i in range(names)]

    def write_login(self):
        """What stands between sshd and each command. It lies beside the fleet, whose folder must be empty."""
        self.homes = tempfile.mkdtemp(prefix="muster-bench.", dir="/dev/shm")
        os.chmod(self.homes, 0o777)
        script, server = f"{self.homes}/.login", f"{self.directory}/server"
        wrapper = glob.glob("/usr/lib/*/libnss_wrapper.so")[0]   # scp wants to know the account
        with open(script, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexport HOME={self.homes}/$OWN_HOME NSS_WRAPPER_PASSWD={server}/passwd '
                       f'NSS_WRAPPER_GROUP={server}/group LD_PRELOAD={wrapper}\nmkdir -p "$HOME"; cd "$HOME" || exit\n'
                       'exec sh -c "$SSH_ORIGINAL_COMMAND"\n')
        os.chmod(script, 0o755)
        return script

    def arrived(self, name, size):
        """How many hosts have that file in full; then it is taken away."""
        paths = glob.glob(f"{self.homes}/*/{name}")
        whole = sum(os.path.getsize(path) == size for path in paths)
        for folder in glob.glob(f"{self.homes}/*"):
            shutil.rmtree(folder)
        return whole

    def job(self, tool, fanout, command):
        by_address = tool in ("floor", "probe", "probe/system", "go", "asyncssh")
        hosts = [self.addresses[i % 16] for i in range(len(self.names))] if by_address else self.names
        return tools.Job(self.directory, self.port, "fleet", f"{self.directory}/key", f"{self.directory}/known_hosts",
                         f"{self.directory}/config", hosts, fanout, command)

    def jump_job(self, job):
        """`job` of the load server with this sshd as the host to jump over."""
        own = lambda name: os.path.join(self.directory, name)
        address = self.addresses[0]
        with open(job.config, encoding="ascii") as file:
            text = file.read()
        with open(own("config-jump"), "w", encoding="ascii") as file:
            file.write(f"Host bastion\n    HostName {address}\n    Port {self.port}\n    User fleet\n    IdentityFile {own('key')}\n"
                       f"    UserKnownHostsFile {own('known_hosts')}\nHost 127.*\n    ProxyJump bastion\n" + text)
        job.config = own("config-jump")
        job.bastion = [f"{address}:{self.port}", "fleet", own("key"), own("known_hosts")]
        return job

    def far_job(self, port):
        """The first name, behind a relay at that port of 127.0.0.1."""
        job = self.job("", 1, "")
        with open(f"{self.directory}/config", encoding="ascii") as file:
            text = file.read()
        with open(f"{self.directory}/config-far", "w", encoding="ascii") as file:
            file.write(f"Host s0\n    HostName 127.0.0.1\n    Port {port}\n    HostKeyAlias [{self.addresses[0]}]:{self.port}\n" + text)
        job.config = f"{self.directory}/config-far"
        return job

    def close(self):
        subprocess.run([f"{TOP}/packaging/fleet", "stop", self.directory], check=True)
        shutil.rmtree(self.directory)
        if self.homes:
            shutil.rmtree(self.homes)
