# SPDX-License-Identifier: MIT
"""An ssh-agent with two security keys (FIDO) that need no hardware: python3 security_key_agent.py SOCKET FOLDER

Writes their public halves to FOLDER/ed25519_sk.pub and FOLDER/ecdsa_sk.pub, says "ready", and serves until it is
ended. Formats: PROTOCOL.u2f and PROTOCOL.agent of OpenSSH."""
import base64
import ctypes
import hashlib
import os
import signal
import socket
import struct
import sys
import threading

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

FAILURE, LIST, KEYS, SIGN, SIGNATURE = 5, 11, 12, 13, 14
TOUCHED = 1
APPLICATION = b"ssh:"


def string(data):
    return struct.pack(">I", len(data)) + data


def mpint(number):
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def take(data):
    size = struct.unpack(">I", data[:4])[0]
    return data[4:4 + size], data[4 + size:]


class Ed25519Key:
    name = b"sk-ssh-ed25519@openssh.com"

    def __init__(self):
        self.key = ed25519.Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.blob = string(self.name) + string(public) + string(APPLICATION)

    def sign(self, message):
        return self.key.sign(message)


class EcdsaKey:
    name = b"sk-ecdsa-sha2-nistp256@openssh.com"

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.blob = string(self.name) + string(b"nistp256") + string(point) + string(APPLICATION)

    def sign(self, message):
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return mpint(r) + mpint(s)


class Token:
    """Signs as a token does whose user touches it at once; it counts what it has signed."""

    def __init__(self):
        self.keys = [Ed25519Key(), EcdsaKey()]
        self.count = 0
        self.lock = threading.Lock()

    def answer(self, request):
        if request[0] == LIST:
            listed = b"".join(string(key.blob) + string(key.name) for key in self.keys)
            return bytes([KEYS]) + struct.pack(">I", len(self.keys)) + listed
        if request[0] == SIGN:
            blob, rest = take(request[1:])
            data, _ = take(rest)
            key = next((key for key in self.keys if key.blob == blob), None)
            if key is not None:
                return bytes([SIGNATURE]) + string(self.sign(key, data))
        return bytes([FAILURE])

    def sign(self, key, data):
        with self.lock:
            self.count += 1
            use = struct.pack(">BI", TOUCHED, self.count)
        message = hashlib.sha256(APPLICATION).digest() + use + hashlib.sha256(data).digest()
        return string(key.name) + string(key.sign(message)) + use


def serve(connection, token):
    with connection, connection.makefile("rb") as requests:
        while len(size := requests.read(4)) == 4:
            connection.sendall(string(token.answer(requests.read(struct.unpack(">I", size)[0]))))


def main():
    path, folder = sys.argv[1:]
    token = Token()
    for key, name in zip(token.keys, ("ed25519_sk", "ecdsa_sk")):
        with open(os.path.join(folder, name + ".pub"), "w", encoding="ascii") as file:
            file.write(f"{key.name.decode()} {base64.b64encode(key.blob).decode()} token\n")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0], token), daemon=True).start()


ctypes.CDLL(None).prctl(1, signal.SIGKILL)   # PR_SET_PDEATHSIG
main()
