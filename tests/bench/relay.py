# SPDX-License-Identifier: MIT
"""A network that takes its time: passes one port on to another, each byte half a round trip later, and counts the round trips.

relay.py DELAY_MS ADDRESS PORT        prints "ready PORT"; at the end of standard input, one line of JSON

A round trip is counted each time the client speaks after it has heard something new: it had waited for that. The one of
TCP's own opening is not delayed and not counted."""
import asyncio
import json
import socket
import sys


class Direction:
    """One way: what comes in goes out `delay` later, in order."""

    def __init__(self, reader, writer, delay, on_arrival, on_delivery):
        self.reader, self.writer, self.delay = reader, writer, delay
        self.on_arrival, self.on_delivery = on_arrival, on_delivery
        self.under_way = asyncio.Queue()

    async def take(self):
        loop = asyncio.get_running_loop()
        while True:
            try:
                piece = await self.reader.read(65536)
            except ConnectionError:
                piece = b""
            self.on_arrival(piece)
            await self.under_way.put((loop.time() + self.delay, piece))
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
    def __init__(self, delay, address, port):
        self.delay, self.address, self.port = delay, address, port
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

        server_reader, server_writer = await asyncio.open_connection(self.address, self.port)
        for writer in client_writer, server_writer:
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = (Direction(client_reader, server_writer, self.delay, spoken, lambda: None),
                Direction(server_reader, client_writer, self.delay, lambda _: None, delivered))
        try:
            await asyncio.gather(*(step for way in ways for step in (way.take(), way.give())), return_exceptions=True)
        except asyncio.CancelledError:
            client_writer.close()  # the relay ends


async def main(delay_ms, address, port):
    relay = Relay(float(delay_ms) / 2000, address, int(port))
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"round_trips": relay.round_trips, "bytes_from_client": relay.bytes}), flush=True)
    server.close()


asyncio.run(main(*sys.argv[1:]))
