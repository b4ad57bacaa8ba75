# SPDX-License-Identifier: MIT
"""Programs for ProxyCommand that behave well and badly: proxy_program.py WHAT [HOST PORT]"""
import array
import os
import select
import signal
import socket
import sys
import time


def connected():
    return socket.create_connection((sys.argv[2], int(sys.argv[3])))


def relay(far=None):
    far = far or connected()
    ways = {0: far.fileno(), far.fileno(): 1}
    while ways:
        for one in select.select(list(ways), [], [])[0]:
            data = os.read(one, 65536)
            if not data:
                return
            to = ways[one]
            while data:
                data = data[os.write(to, data):]


def say(text):
    sys.stderr.write(text)
    sys.stderr.flush()


def chatter():
    say("Starting session with SessionId: somebody-0123\n")
    relay()


def noise():
    say("a line of noise that tells nothing, again and again\n" * 20000)
    relay()


def garbage():
    os.write(1, b"tsh: welcome to the cluster, please choose a node\r\n" * 4)


def silence():
    say("still looking for a way\n")
    time.sleep(1000)


def says_nothing():
    sys.exit(0)


def dies():
    say("aws: warming up\n\x1b[31mExpiredToken\x1b[0m: the token has expired\n\n")
    sys.exit(254)


def dies_after_banner():
    far = connected()
    os.write(1, far.recv(200))
    say("the tunnel has collapsed\n")
    sys.exit(7)


def collapses():
    """Carries the connection until the file is there."""
    far = connected()
    ways = {0: far.fileno(), far.fileno(): 1}
    while not os.path.exists(sys.argv[4]):
        for one in select.select(list(ways), [], [], 0.02)[0]:
            os.write(ways[one], os.read(one, 65536))
    say("the far end is gone\n")
    sys.exit(9)


def ignores_term():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    relay()
    time.sleep(1000)


def grandchild():
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    say("my child holds the line\n")
    sys.exit(3)


def background():
    """Connects, and leaves a process in its group that outlives it and ignores TERM."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    relay()


def send(files, data=b"\0"):
    fds = [one if isinstance(one, int) else one.fileno() for one in files]
    out = socket.socket(fileno=os.dup(1))
    out.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])


def passes():
    send([connected()])


def passes_unix():
    """A UNIX socket behind which a relay goes on."""
    near, far = socket.socketpair()
    if os.fork() == 0:
        near.close()
        os.dup2(far.fileno(), 0)
        os.dup2(far.fileno(), 1)
        os.closerange(3, 64)
        relay()
        sys.exit(0)
    send([near])


def passes_two():
    send([connected(), connected()])


def passes_twice():
    send([connected()])
    send([connected()])


def passes_many_bytes():
    send([connected()], b"here it is")


def passes_file():
    send([os.open("/dev/null", os.O_RDWR)])


def passes_datagrams():
    near, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    send([near])


def passes_unconnected():
    send([socket.socket()])


def passes_byte():
    send([])


def passes_and_stays():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    send([connected()])
    time.sleep(1000)


globals()[sys.argv[1]]()
