# SPDX-License-Identifier: MIT
"""A network that takes its time: passes one port on to another, each byte half a round trip later, and counts the round trips.

relay.py DELAY_MS ADDRESS PORT [JITTER_MS STALL_MS EVERY]   prints "ready PORT"; at the end of standard input, one line of JSON

ADDRESS - stands for the one that the client has connected to. With JITTER_MS a round trip takes so much more or less, in order,
and one piece in EVERY, by chance, stalls that way for STALL_MS, as TCP does until it has sent a lost segment again.

A round trip is counted each time the client speaks after it has heard something new: it had waited for that. The one of
TCP's own opening is not delayed and not counted."""
import asyncio
import json
import random
import socket
import sys


class Way:
    """How long pieces are under way, in seconds. The same from run to run."""

    def __init__(self, delay_ms, jitter_ms=0, stall_ms=0, every=0):
        self.delay, self.jitter, self.stall, self.every = delay_ms / 2000, jitter_ms / 2000, stall_ms / 1000, every
        self.chance = random.Random(1)

    def time(self):
        stalled = self.every and self.chance.random() * self.every < 1
        return self.delay + self.chance.uniform(-self.jitter, self.jitter) + (self.stall if stalled else 0)


class Direction:
    """One way: what comes in goes out later, in order."""

    def __init__(self, reader, writer, way, on_arrival, on_delivery):
        self.reader, self.writer, self.way = reader, writer, way
        self.on_arrival, self.on_delivery = on_arrival, on_delivery
        self.under_way = asyncio.Queue()

    async def take(self):
        loop = asyncio.get_running_loop()
        due = 0
        while True:
            try:
                piece = await self.reader.read(65536)
            except ConnectionError:
                piece = b""
            self.on_arrival(piece)
            due = max(due, loop.time() + self.way.time())
            await self.under_way.put((due, piece))
            if not piece:
                return

    async def give(self):
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await self.under_way.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not piece:
                self.writer.close()
                return
            self.on_delivery()
            self.writer.write(piece)


class Relay:
    def __init__(self, way, address, port):
        self.way, self.address, self.port = way, address, port
        self.round_trips, self.bytes = 0, 0

    async def serve(self, client_reader, client_writer):
        news = False

        def delivered():
            nonlocal news
            news = True

        def spoken(piece):
            nonlocal news
            self.bytes += len(piece)
            self.round_trips += bool(piece) and news
            news = False

        address = self.address if self.address != "-" else client_writer.get_extra_info("sockname")[0]
        server_reader, server_writer = await asyncio.open_connection(address, self.port)
        for writer in client_writer, server_writer:
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = (Direction(client_reader, server_writer, self.way, spoken, lambda: None),
                Direction(server_reader, client_writer, self.way, lambda _: None, delivered))
        try:
            await asyncio.gather(*(step for way in ways for step in (way.take(), way.give())), return_exceptions=True)
        except asyncio.CancelledError:
            client_writer.close()  # the relay ends


async def main(delay_ms, address, port, *more):
    relay = Relay(Way(float(delay_ms), *map(float, more)), address, int(port))
    server = await asyncio.start_server(relay.serve, "127.0.0.1" if address != "-" else "0.0.0.0", 0, backlog=4096)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"round_trips": relay.round_trips, "bytes_from_client": relay.bytes}), flush=True)
    server.close()


asyncio.run(main(*sys.argv[1:]))
