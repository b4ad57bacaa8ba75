# SPDX-License-Identifier: MIT
"""The script that a user of asyncssh would write: a command on many hosts, keys read once, so many hosts at a time.

asyncssh_fan_out.py KEY KNOWN_HOSTS USER PORT FANOUT COMMAND [--fail-fast | BASTION:PORT USER KEY KNOWN_HOSTS] < HOSTS"""
import asyncio
import resource
import sys

import asyncssh


async def run_host(host, options, places, command, tunnel):
    async with places:
        async with asyncssh.connect(host, options=options, tunnel=tunnel) as connection:
            result = await connection.run(command)
    for line in (result.stdout or "").splitlines():
        print(f"{host}: {line}")
    if result.exit_status != 0:
        raise RuntimeError(f"{host}: {result.exit_status}")


def options_of(key, known_hosts, user, port):
    return asyncssh.SSHClientConnectionOptions(
        client_keys=[asyncssh.read_private_key(key)], known_hosts=asyncssh.read_known_hosts(known_hosts), username=user,
        port=int(port), config=None, agent_path=None, kex_algs=["curve25519-sha256"], login_timeout=0, connect_timeout=0)


async def connect_bastion(where, user, key, known_hosts):
    address, _, port = where.partition(":")
    return await asyncssh.connect(address, options=options_of(key, known_hosts, user, port))


async def main(key, known_hosts, user, port, fanout, command, *rest):
    options = options_of(key, known_hosts, user, port)
    tunnel = await connect_bastion(*rest) if len(rest) == 4 else ()
    places = asyncio.Semaphore(int(fanout))
    hosts = [line.strip() for line in sys.stdin]
    tasks = [asyncio.create_task(run_host(host, options, places, command, tunnel)) for host in hosts]
    when = asyncio.FIRST_EXCEPTION if rest == ("--fail-fast",) else asyncio.ALL_COMPLETED
    done, pending = await asyncio.wait(tasks, return_when=when)
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)
    failed = [task for task in done if task.exception() is not None]
    for task in failed[:3]:
        print(task.exception(), file=sys.stderr)
    return 1 if failed or pending else 0


most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
sys.exit(asyncio.run(main(*sys.argv[1:])))
