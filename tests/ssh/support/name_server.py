# SPDX-License-Identifier: MIT
# A name server for a network of one's own: name_server.py ADDRESS ASKED answers on 127.0.0.1:53 by the first part of the
# name: nowhere (no such name), broken (the server has failed), silent (no answer), both (an IPv6 address to which there is
# no way, and ADDRESS), dark (an IPv6 address of which nothing comes back, and ADDRESS), and for all others ADDRESS. It says
# "ready" when it listens, and writes the first part of each name that it is asked for into the file ASKED.
import ipaddress
import socket
import struct
import sys

A, AAAA = 1, 28
IPV6 = {b'both': '2001:db8::1', b'dark': '2001:db8:1::1'}


def name_in(query):
    return query[13:13 + query[12]]


def answer(query, address):
    end = query.index(b'\0', 12)
    name = name_in(query)
    kind, = struct.unpack('!H', query[end + 1:end + 3])
    question = query[12:end + 5]
    found, code = [], 0
    if name == b'silent':
        return None
    if name == b'nowhere':
        code = 3
    elif name == b'broken':
        code = 2
    elif kind == A:
        found = [ipaddress.ip_address(address).packed]
    elif kind == AAAA and name in IPV6:
        found = [ipaddress.ip_address(IPV6[name]).packed]
    records = b''.join(b'\xc0\x0c' + struct.pack('!HHIH', kind, 1, 1, len(one)) + one for one in found)
    return query[:2] + struct.pack('!HHHHH', 0x8180 | code, 1, len(found), 0, 0) + question + records


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', 53))
asked = open(sys.argv[2], 'wb', buffering=0)
print('ready', flush=True)
while True:
    query, client = server.recvfrom(4096)
    asked.write(name_in(query) + b'\n')
    words = answer(query, sys.argv[1])
    if words:
        server.sendto(words, client)
