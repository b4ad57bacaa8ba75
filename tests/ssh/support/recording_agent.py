# SPDX-License-Identifier: MIT
"""Stands before a real ssh-agent and notes what it is asked: python3 recording_agent.py SOCKET AGENT NOTES WAY

A line "CONNECTION TYPE" for each request, with "HOST_KEY FORWARDED ANSWER" behind it for session-bind@openssh.com. WAY: "known"
hands that request on, "refused" and "unknown" answer it with SSH_AGENT_FAILURE and SSH_AGENT_EXTENSION_FAILURE. Every answer
goes out byte by byte. Says "ready", and serves until it is ended."""
import base64
import ctypes
import signal
import socket
import struct
import sys
import threading

EXTENSION, FAILURE, EXTENSION_FAILURE = 27, 5, 28


def string(data):
    return struct.pack(">I", len(data)) + data


def take(data):
    size = struct.unpack(">I", data[:4])[0]
    return data[4:4 + size], data[4 + size:]


def read_message(stream):
    size = stream.read(4)
    return stream.read(struct.unpack(">I", size)[0]) if len(size) == 4 else b""


def serve(connection, number, agent, notes, way):
    real = socket.socket(socket.AF_UNIX)
    real.connect(agent)
    requests, answers = connection.makefile("rb"), real.makefile("rb")
    while request := read_message(requests):
        note = f"{number} {request[0]}"
        is_bind = request[0] == EXTENSION and take(request[1:])[0] == b"session-bind@openssh.com"
        if is_bind and way != "known":
            answer = bytes([FAILURE if way == "refused" else EXTENSION_FAILURE])
        else:
            real.sendall(string(request))
            answer = read_message(answers)
        if is_bind:
            key, rest = take(take(request[1:])[1])
            forwarded = take(take(rest)[1])[1]
            note += f" {base64.b64encode(key).decode()} {forwarded[0]} {answer[0]}"
        with open(notes, "a", encoding="ascii") as file:
            file.write(note + "\n")
        for byte in string(answer):
            connection.sendall(bytes([byte]))
    connection.close()
    real.close()


def main():
    path, agent, notes, way = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    for number in range(1 << 30):
        connection = listener.accept()[0]
        threading.Thread(target=serve, args=(connection, number, agent, notes, way), daemon=True).start()


ctypes.CDLL(None).prctl(1, signal.SIGKILL)   # PR_SET_PDEATHSIG
main()
