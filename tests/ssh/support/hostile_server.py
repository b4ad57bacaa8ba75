# SPDX-License-Identifier: MIT
# SSH servers that misbehave after the banner, each on a port of 127.0.0.1 of its own: asyncssh as it is, with one thing
# in its way. hostile_server.py HOST_KEY ADDRESS PORT prints "NAME PORT" for each and then "ready"; it ends when its parent
# does. The relays lead to the real server at that address and port, and change what it says.
import asyncio
import ctypes
import itertools
import os
import signal
import sys

import asyncssh
from asyncssh import kex_dh
from asyncssh.packet import Boolean, Byte, MPInt, NameList, String, UInt32

# RFC 4250 section 4.1.2
DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG, SERVICE_ACCEPT, EXT_INFO = 1, 2, 3, 4, 6, 7
KEXINIT, NEWKEYS, KEX_REPLY = 20, 21, 31
AUTH_FAILURE, AUTH_SUCCESS, AUTH_BANNER, AUTH_PK_OK = 51, 52, 53, 60
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
OPEN, OPEN_CONFIRMATION, OPEN_FAILURE, WINDOW_ADJUST = 90, 91, 92, 93
DATA, EXTENDED_DATA, EOF, CLOSE, REQUEST, SUCCESS, FAILURE = 94, 95, 96, 97, 98, 99, 100

rogues = {}


class Rogue:
    """A well-behaved server; the others change it. `link` is asyncssh's connection."""

    ciphers = ['chacha20-poly1305@openssh.com']
    macs = ()               # asyncssh's own
    key_exchanges = ()
    forwards = False        # connects to where the client wants to

    def connected(self, link):
        pass

    def sends(self, link, kind, rest):
        """What to send in place of a packet: bytes, or None for nothing."""
        return rest

    def writes(self, link, data):
        """The bytes of the stream, encrypted by then."""
        return data

    def opens(self):
        """Whether a session channel may be opened."""
        return True

    def takes(self, link, command):
        """Whether a command may be run."""
        return True

    async def runs(self, command):
        command.write(b'hello\n')
        command.status(0)
        command.end()


def rogue(of):
    rogues[of.__name__.replace('_', '-')] = of
    return of


class Command:
    """A command that runs: what is sent on its channel."""

    def __init__(self, process):
        self.channel = process.channel
        self.link = process.channel.get_connection()
        self.number = UInt32(self.channel._send_chan)

    def packet(self, kind, *rest):
        self.link.send_packet(kind, self.number, *rest)

    def write(self, data):
        self.packet(DATA, String(data))

    def write_error(self, data, kind=1):
        self.packet(EXTENDED_DATA, UInt32(kind), String(data))

    def request(self, name, *rest, reply=False):
        self.packet(REQUEST, String(name), Boolean(reply), *rest)

    def status(self, number):
        self.request(b'exit-status', UInt32(number))

    def killed(self, name, words=b''):
        self.request(b'exit-signal', String(name), Boolean(False), String(words), String(b''))

    def eof(self):
        self.packet(EOF)

    def close(self):
        self.packet(CLOSE)

    def end(self):
        self.eof()
        self.close()

    def done(self):
        self.status(0)
        self.end()

    async def room(self):
        """Waits until the socket has taken what there is."""
        transport = self.link._transport
        while transport and not transport.is_closing() and transport.get_write_buffer_size() > 65536:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        return transport and not transport.is_closing()

    async def for_ever(self, send, batch=100):
        while await self.room():
            for _ in range(batch):
                send()


class Tunnel(asyncssh.SSHTCPSession):
    """What the client takes for a connection to the host behind this one."""

    def __init__(self, behaviour):
        self.behaviour = behaviour

    def connection_made(self, chan):
        self.channel = chan

    def session_started(self):
        asyncio.ensure_future(self.behaviour.carries(Command(self)))

    def data_received(self, data, datatype):
        pass


class Owner(asyncssh.SSHServer):
    def __init__(self, behaviour):
        self.behaviour = behaviour

    def connection_made(self, conn):
        intercept(conn, self.behaviour)
        self.behaviour.connected(conn)
        self.conn = conn

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return True

    def connection_requested(self, *where):
        if self.behaviour.forwards:
            return True
        return Tunnel(self.behaviour) if hasattr(self.behaviour, 'carries') else False

    def session_requested(self):
        if not self.behaviour.opens():
            return False
        return Session(self.behaviour)


class Session(asyncssh.SSHServerSession):
    def __init__(self, behaviour):
        self.behaviour = behaviour

    def connection_made(self, chan):
        self.channel = chan

    def exec_requested(self, command):
        return self.behaviour.takes(self.channel.get_connection(), command)

    def session_started(self):
        asyncio.ensure_future(self.behaviour.runs(Command(self)))

    def eof_received(self):
        return True


def intercept(conn, behaviour):
    send_packet, send = conn.send_packet, conn._send

    def changed_packet(kind, *args, handler=None):
        rest = behaviour.sends(conn, kind, b''.join(args))
        if rest is not None and conn._transport:
            send_packet(kind, rest, handler=handler)

    def changed_bytes(data):
        data = behaviour.writes(conn, data)
        if conn.held is not None:
            conn.held += data
        elif data:
            send(data)

    def let_go():
        data, conn.held = conn.held, None
        send(bytes(data))

    conn.held, conn.let_go = None, let_go
    conn.send_packet, conn._send = changed_packet, changed_bytes


def hang_up(conn):
    if conn._transport:
        conn._transport.close()


def flip(data, at):
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


def closing_before(kind):
    class Closing(Rogue):
        def sends(self, link, sent, rest):
            if sent != kind:
                return rest
            hang_up(link)
            return None
    return Closing


def changing(kind, change):
    class Changing(Rogue):
        def sends(self, link, sent, rest):
            return change(rest) if sent == kind else rest
    return Changing


def withholding(kind):
    return changing(kind, lambda rest: None)


def flooding_after(kind, flood_kind, flood):
    """Sends the same packet for ever once it has sent one of `kind`."""
    class Flooding(Rogue):
        begun = False

        def sends(self, link, sent, rest):
            if sent == kind and not self.begun:
                self.begun = True
                asyncio.get_event_loop().call_soon(lambda: asyncio.ensure_future(self.flood(link)))
            return rest

        async def flood(self, link):
            while link._transport and not link._transport.is_closing():
                if link._transport.get_write_buffer_size() < 65536:
                    for _ in range(100):
                        if link._transport:
                            asyncssh.SSHServerConnection.send_packet(link, flood_kind, flood)
                await asyncio.sleep(0)
    return Flooding


def running(run, **also):
    async def runs(self, command):
        result = run(command)
        if asyncio.iscoroutine(result):
            await result
    return type('Running', (Rogue,), {'runs': runs, **also})


# ---- the key exchange ----------------------------------------------------------------------------------------------------

def strings(data, count):
    """Splits `count` strings off, and returns them with the rest."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], 'big')
        found.append(data[4:4 + size])
        data = data[4 + size:]
    return found, data


def with_reply(change):
    """`change` gets the list of host key, public value and signature."""
    def changed(rest):
        parts, _ = strings(rest, 3)
        return b''.join(String(part) for part in change(*parts))
    return changing(KEX_REPLY, changed)


def with_offer(change):
    """`change` gets and returns the ten lists of names in KEXINIT; their hash is wrong by then."""
    def changed(rest):
        parts, end = strings(rest[16:], 10)
        return rest[:16] + b''.join(String(part) for part in change(parts)) + end
    return changing(KEXINIT, changed)


class Repeating(Rogue):
    kind = KEXINIT

    def sends(self, link, sent, rest):
        if sent == self.kind:
            asyncssh.SSHServerConnection.send_packet(link, sent, rest)
        return rest


class IgnoreInKex(Rogue):
    def sends(self, link, sent, rest):
        if sent == KEX_REPLY:
            asyncssh.SSHServerConnection.send_packet(link, IGNORE, String(b'x'))
        return rest


def before_keys(kind, *packet):
    """Knows no strict key exchange, and sends that packet in the first one."""
    class BeforeKeys(Rogue):
        def sends(self, link, sent, rest):
            if sent == KEXINIT:
                lists, end = strings(rest[16:], 10)
                lists[0] = b','.join(name for name in lists[0].split(b',') if not name.startswith(b'kex-strict'))
                rest = rest[:16] + b''.join(String(names) for names in lists) + end
                link._server_kexinit = Byte(KEXINIT) + rest
            link._strict_kex = False
            if sent == KEX_REPLY and not link._session_id:
                complete, link._kex_complete = link._kex_complete, True   # or it would be kept until then
                asyncssh.SSHServerConnection.send_packet(link, kind, *packet)
                link._kex_complete = complete
            return rest
    return BeforeKeys


rogues.update({
    'ignore-before-keys': before_keys(IGNORE, String(b'x')),
    'success-before-keys': before_keys(AUTH_SUCCESS),
    'service-before-keys': before_keys(SERVICE_ACCEPT, String(b'ssh-userauth')),
    'ext-info-before-keys': before_keys(EXT_INFO, UInt32(1), String(b'server-sig-algs'), String(b'ssh-ed25519')),
    'close-before-kexinit': closing_before(KEXINIT),
    'close-before-kex-reply': closing_before(KEX_REPLY),
    'close-before-newkeys': closing_before(NEWKEYS),
    'close-before-service': closing_before(SERVICE_ACCEPT),
    'close-before-pk-ok': closing_before(AUTH_PK_OK),
    'close-before-auth-success': closing_before(AUTH_SUCCESS),
    'close-before-open-confirmation': closing_before(OPEN_CONFIRMATION),
    'close-before-exec-answer': closing_before(SUCCESS),
    'kex-wrong-signature': with_reply(lambda key, value, proof: (key, value, flip(proof, -1))),
    'kex-no-signature': with_reply(lambda key, value, proof: (key, value, b'')),
    'kex-huge-signature': with_reply(lambda key, value, proof: (key, value, proof + bytes(30000))),
    'kex-other-key-type': with_reply(lambda key, value, proof: (String(b'ssh-rsa') + key[15:], value, proof)),
    'kex-garbage-key': with_reply(lambda key, value, proof: (os.urandom(300), value, proof)),
    'kex-short-key': with_reply(lambda key, value, proof: (key[:17], value, proof)),
    'kex-no-key': with_reply(lambda key, value, proof: (b'', value, proof)),
    'kex-zero-value': with_reply(lambda key, value, proof: (key, bytes(32), proof)),
    'kex-short-value': with_reply(lambda key, value, proof: (key, value[:7], proof)),
    'kex-huge-value': with_reply(lambda key, value, proof: (key, value * 900, proof)),
    'kex-lying-length': changing(KEX_REPLY, lambda rest: b'\x7f\xff\xff\xff' + rest[4:]),
    'kex-empty-reply': changing(KEX_REPLY, lambda rest: b''),
    'kexinit-empty-lists': with_offer(lambda lists: [b''] * 10),
    'kexinit-huge-lists': with_offer(lambda lists: [lists[0] + b',' + b'x' * 25000] + lists[1:]),
    'kexinit-commas': with_offer(lambda lists: [b',' * 3000] * 10),
    'kexinit-marker': with_offer(lambda lists: [b'ext-info-c'] + lists[1:]),
    'kexinit-compressed': with_offer(lambda lists: lists[:6] + [b'zlib'] * 2 + lists[8:]),
    'kexinit-nul': with_offer(lambda lists: [one.replace(b',', b'\0,') for one in lists]),
    'kexinit-cut': changing(KEXINIT, lambda rest: rest[:60]),
    'kexinit-lying-length': changing(KEXINIT, lambda rest: rest[:16] + b'\xff\xff\xff\xfe' + rest[20:]),
    'kexinit-twice': type('Twice', (Repeating,), {'kind': KEXINIT}),
    'kex-reply-twice': type('Twice', (Repeating,), {'kind': KEX_REPLY}),
    'newkeys-twice': type('Twice', (Repeating,), {'kind': NEWKEYS}),
    'newkeys-withheld': withholding(NEWKEYS),
    'kex-reply-withheld': withholding(KEX_REPLY),
    'ignore-in-kex': IgnoreInKex,
})


# ---- the login -----------------------------------------------------------------------------------------------------------

class Corrupt(Rogue):
    """Damages the stream at the packet after the one of `kind`."""
    kind, damaged, whole = NEWKEYS, False, 0

    def sends(self, link, sent, rest):
        if sent == self.kind:
            self.whole = 1
        return rest

    def writes(self, link, data):
        if self.whole == 1:      # the packet of that kind itself
            self.whole = 2
            return data
        if self.whole == 2:
            self.whole = 3
            return flip(data, -1)
        return data


def saying_good_bye_after(kind, words):
    class Leaving(Rogue):
        def sends(self, link, sent, rest):
            if sent == kind:
                asyncssh.SSHServerConnection.send_packet(link, sent, rest)
                asyncssh.SSHServerConnection.send_packet(link, DISCONNECT, UInt32(11), String(words), String(b''))
                hang_up(link)
                return None
            return rest
    return Leaving


@rogue
class auth_failure_for_ever(Rogue):
    def sends(self, link, kind, rest):
        if kind == AUTH_PK_OK or kind == AUTH_SUCCESS:
            asyncssh.SSHServerConnection.send_packet(link, AUTH_FAILURE, NameList([b'publickey']), Boolean(False))
            return None
        return rest


@rogue
class pk_ok_for_ever(Rogue):
    """Wants each signature once more."""
    def sends(self, link, kind, rest):
        if kind == AUTH_PK_OK:
            self.words = rest
        if kind == AUTH_SUCCESS:
            asyncssh.SSHServerConnection.send_packet(link, AUTH_PK_OK, self.words)
            return None
        return rest


rogues.update({
    'corrupt-login': Corrupt,
    'corrupt-session': type('Corrupt', (Corrupt,), {'kind': AUTH_SUCCESS}),
    'good-bye-at-login': saying_good_bye_after(SERVICE_ACCEPT, b'too \x1b]0;many\x07 \xe2\x80\xaefailures'),
    'huge-good-bye': saying_good_bye_after(SERVICE_ACCEPT, b'x' * 30000),
    'good-bye-without-words': saying_good_bye_after(SERVICE_ACCEPT, b''),
    'service-withheld': withholding(SERVICE_ACCEPT),
    'auth-answer-withheld': withholding(AUTH_PK_OK),
    'auth-success-withheld': withholding(AUTH_SUCCESS),
    'service-other': changing(SERVICE_ACCEPT, lambda rest: String(b'ssh-other')),
    'service-lying-length': changing(SERVICE_ACCEPT, lambda rest: b'\x7f\xff\xff\xff'),
    'service-empty': changing(SERVICE_ACCEPT, lambda rest: b''),
    'pk-ok-other-key': changing(AUTH_PK_OK, lambda rest: String(b'ssh-rsa') + String(b'other')),
    'pk-ok-empty': changing(AUTH_PK_OK, lambda rest: b''),
    'banner-lying-length': flooding_after(SERVICE_ACCEPT, AUTH_BANNER, b'\xff\xff\xff\xff'),
    'banner-flood': flooding_after(SERVICE_ACCEPT, AUTH_BANNER, String(b'hello' * 2000) + String(b'')),
    'ignore-flood': flooding_after(SERVICE_ACCEPT, IGNORE, String(b'')),
    'debug-flood': flooding_after(SERVICE_ACCEPT, DEBUG, Boolean(True) + String(b'words') + String(b'')),
    'unimplemented-flood': flooding_after(SERVICE_ACCEPT, UNIMPLEMENTED, UInt32(1)),
    'ext-info-flood': flooding_after(SERVICE_ACCEPT, EXT_INFO, UInt32(1) + String(b'server-sig-algs') + String(b'ssh-rsa')),
    'ext-info-lying-count': flooding_after(SERVICE_ACCEPT, EXT_INFO, b'\xff\xff\xff\xff'),
    'unknown-flood': flooding_after(SERVICE_ACCEPT, 200, b''),
    'failure-flood': flooding_after(SERVICE_ACCEPT, AUTH_FAILURE, b''),
    'early-data-flood': flooding_after(SERVICE_ACCEPT, 199, b''),
    'early-request-flood': flooding_after(SERVICE_ACCEPT, 61, b'x'),
})


# ---- the session ---------------------------------------------------------------------------------------------------------

@rogue
class channel_refused(Rogue):
    def opens(self):
        return False


@rogue
class exec_refused(Rogue):
    def takes(self, link, command):
        return False


@rogue
class failure_cut(Rogue):
    """Refuses the session without the reason."""
    def opens(self):
        return False

    def sends(self, link, kind, rest):
        return rest[:6] if kind == OPEN_FAILURE else rest


@rogue
class failure_with_huge_words(Rogue):
    def opens(self):
        return False

    def sends(self, link, kind, rest):
        return rest[:8] + String(b'\x1b[2J' * 7000) + String(b'') if kind == OPEN_FAILURE else rest


@rogue
class dribble(Rogue):
    """Every byte by itself."""
    pause = 0

    def connected(self, link):
        self.queue = bytearray()
        self.send = None

    def writes(self, link, data):
        self.queue += data
        if self.send is None:
            self.send = asyncio.ensure_future(self.pump(link))
        return None

    async def pump(self, link):
        sock = link.get_extra_info('socket')
        import socket as names
        sock.setsockopt(names.IPPROTO_TCP, names.TCP_NODELAY, 1)
        while link._transport and not link._transport.is_closing():
            if self.queue:
                link._transport.write(bytes(self.queue[:1]))
                del self.queue[:1]
            await asyncio.sleep(self.pause if self.queue else 0.001)


@rogue
class dribble_slowly(dribble):
    """So that a login takes as long as a short command."""
    pause = 0.00002

    async def runs(self, command):
        command.write(b'begun\ndone\n')
        command.done()


@rogue
class early_output(Rogue):
    """Output and status before the answer to the request to run the command."""
    def takes(self, link, command):
        channel = next(iter(link._channels.values()))
        number = UInt32(channel._send_chan)
        link.send_packet(DATA, number, String(b'early\n'))
        link.send_packet(REQUEST, number, String(b'exit-status'), Boolean(False), UInt32(6))
        return True

    async def runs(self, command):
        command.end()


@rogue
class window_of_nothing(Rogue):
    def sends(self, link, kind, rest):
        return rest[:8] + UInt32(0) + UInt32(0) if kind == OPEN_CONFIRMATION else rest


@rogue
class other_channel(Rogue):
    def sends(self, link, kind, rest):
        return UInt32(77) + rest[4:] if kind == OPEN_CONFIRMATION else rest


@rogue
class confirmation_cut(Rogue):
    def sends(self, link, kind, rest):
        return rest[:6] if kind == OPEN_CONFIRMATION else rest


@rogue
class rekey_for_ever(Rogue):
    async def runs(self, command):
        command.write(b'hello\n')
        while await command.room():
            if command.link._kex_complete and not command.link._kexinit_sent:
                command.link._send_kexinit()
                command.link._kexinit_sent = True
            await asyncio.sleep(0.001)


@rogue
class rekey_without_end(Rogue):
    """Begins to change keys and says nothing more."""
    gone = False

    def sends(self, link, kind, rest):
        return None if self.gone and kind != KEXINIT else rest

    async def runs(self, command):
        command.write(b'hello\n')
        self.gone = True
        command.link._send_kexinit()
        command.link._kexinit_sent = True


@rogue
class rekey_wrong_signature(Rogue):
    def sends(self, link, kind, rest):
        return flip(rest, -1) if kind == KEX_REPLY and link._session_id else rest

    async def runs(self, command):
        command.write(b'hello\n')
        command.link._send_kexinit()
        command.link._kexinit_sent = True


def take_other_host_key(link):
    """From the next key exchange on."""
    other = asyncssh.load_keypairs([asyncssh.generate_private_key('ssh-ed25519')])[0]
    link._server_host_keys = dict.fromkeys(link._server_host_keys, other)


class RekeyWithOtherHostKey(Rogue):
    async def runs(self, command):
        command.write(b'hello\n')
        take_other_host_key(command.link)
        command.link._send_kexinit()
        command.link._kexinit_sent = True
        while not command.link._kex_complete:
            await asyncio.sleep(0.001)
        command.write(b'never\n')
        command.done()


rogues.update({'rekey-other-host-key-' + method: type('Other', (RekeyWithOtherHostKey,), {'key_exchanges': [method]})
               for method in ('curve25519-sha256', 'ecdh-sha2-nistp256', 'diffie-hellman-group14-sha256',
                              'diffie-hellman-group-exchange-sha256')})


async def heard(receiver, kind):
    """The client's next packet of that kind, which nobody else gets; nothing if it does not come."""
    process, packets = receiver.process_packet, asyncio.Queue()

    def changed(sent, number, packet):
        if sent != kind:
            return process(sent, number, packet)
        packets.put_nowait(packet.get_full_payload())
        return True

    receiver.process_packet = changed
    try:
        return await asyncio.wait_for(packets.get(), 5)
    except asyncio.TimeoutError:
        return b''


@rogue
class open_unknown(Rogue):
    """Opens a channel of a type that nobody knows, and is content with a refusal for that reason."""
    async def runs(self, command):
        command.write(b'hello\n')
        open_request(b'lunch@example.com')(command)
        answer = await heard(command.link, OPEN_FAILURE)
        command.status(0 if answer[1:9] == UInt32(9) + UInt32(3) else 1)
        command.end()


@rogue
class request_on_other_number(Rogue):
    """Calls the channel by another number than the client, and is content with an answer for that one."""
    def connected(self, link):
        link._next_recv_chan = 7

    async def runs(self, command):
        command.write(b'hello\n')
        command.request(b'lunch@example.com', reply=True)
        answer = await heard(command.channel, FAILURE)
        command.status(0 if answer[1:5] == UInt32(7) else 1)
        command.end()


def rekey(link, **offer):
    """Begins to change keys, with other lists of names than before."""
    for kind, names in offer.items():
        setattr(link, f'_{kind}_algs', names)
    link._send_kexinit()
    link._kexinit_sent = True


def rekeying(**offer):
    async def run(command):
        command.write(b'hello\n')
        rekey(command.link, **offer)
        while not command.link._kex_complete:
            await asyncio.sleep(0.001)
        command.write(b'more\n')
        command.done()
    return running(run)


def in_one_direction(lists):
    """No cipher for what the server sends."""
    return lists[:2] + [b'aes256-ctr', b'none-such'] + lists[4:]


@rogue
class rekey_half_agreed(with_offer(in_one_direction)):
    """The second exchange agrees on a cipher in one direction only, and the server goes on with the old keys."""
    def sends(self, link, kind, rest):
        return super().sends(link, kind, rest) if link._session_id else rest

    async def runs(self, command):
        command.write(b'hello\n')
        rekey(command.link, enc=[b'aes256-ctr'])
        command.done()


@rogue
class rekey_early(Rogue):
    """Before anybody has looked at the host key."""
    begun = False

    def sends(self, link, kind, rest):
        if kind != SERVICE_ACCEPT or self.begun:
            return rest
        self.begun = True
        rekey(link, enc=[b'aes256-ctr'])
        asyncio.ensure_future(self.accept(link, rest))
        return None

    async def accept(self, link, rest):
        while not link._kex_complete:
            await asyncio.sleep(0.001)
        link.send_packet(SERVICE_ACCEPT, rest)


def in_kex(link, kind, *rest):
    """Sends a packet in the middle of an exchange, when it would wait for the end otherwise."""
    complete, link._kex_complete = link._kex_complete, True
    asyncssh.SSHServerConnection.send_packet(link, kind, *rest)
    link._kex_complete = complete


@rogue
class rekey_accept(Rogue):
    """Accepts the service in the middle of an exchange of its own."""
    accepted = None

    def sends(self, link, kind, rest):
        if kind == SERVICE_ACCEPT and self.accepted is None:
            self.accepted = rest
            rekey(link)
            return None
        if kind == KEX_REPLY and self.accepted:
            in_kex(link, SERVICE_ACCEPT, self.accepted)
            self.accepted = b''
        return rest


@rogue
class asks_in_kex(Rogue):
    """Asks when the client has begun to change keys and this server has not; the answer must come behind the new keys."""
    asked = False

    def connected(self, link):
        self.heard, process = [], link.process_packet

        def recorded(kind, number, packet):
            self.heard.append(kind)
            return kind == REQUEST_FAILURE or process(kind, number, packet)
        link.process_packet = recorded

    def sends(self, link, kind, rest):
        if kind == KEXINIT and link._session_id and not self.asked:
            self.asked = True
            self.heard.clear()
            in_kex(link, GLOBAL_REQUEST, String(b'keepalive@openssh.com'), Boolean(True))
        return rest

    async def runs(self, command):
        command.write(b'y' * 5000)
        while REQUEST_FAILURE not in self.heard:
            await asyncio.sleep(0.001)
        command.status(0 if NEWKEYS in self.heard[:self.heard.index(REQUEST_FAILURE)] else 1)
        command.end()


@rogue
class ignores_kexinit(Rogue):
    def sends(self, link, kind, rest):
        return None if link._session_id and kind == KEXINIT else rest

    async def runs(self, command):
        command.write(b'y' * 5000)


@rogue
class window_wraps(Rogue):
    """Opens the window by so much that its size in 32 bits would be 0 again, and waits for input."""
    def takes(self, link, command):
        channel = next(iter(link._channels.values()))
        link.send_packet(WINDOW_ADJUST, UInt32(channel._send_chan), UInt32((1 << 32) - channel._recv_window))
        return True

    async def runs(self, command):
        came = await heard(command.channel, DATA)
        command.status(0 if came else 1)
        command.end()


@rogue
class rekey_at_login_with_other_host_key(Rogue):
    """Between the client's request to log in and its answer."""
    begun = False

    def sends(self, link, kind, rest):
        if kind != AUTH_PK_OK or self.begun:
            return rest
        self.begun = True
        take_other_host_key(link)
        link._send_kexinit()
        link._kexinit_sent = True
        return rest


@rogue
class rekey_in_flood(Rogue):
    async def runs(self, command):
        for number in range(300):
            await command.room()
            while not command.link._kex_complete or command.channel._send_window < 5000:
                await asyncio.sleep(0.001)
            command.channel._send_window -= 5000
            command.write(b'%04d\n' % number * 1000)
            if number % 20 == 5 and command.link._kex_complete:
                command.link._send_kexinit()
                command.link._kexinit_sent = True
        while not command.link._kex_complete:
            await asyncio.sleep(0.001)
        command.done()


@rogue
class requests_unread(Rogue):
    """Asks for answers for ever and takes none."""
    async def runs(self, command):
        command.write(b'hello\n')
        command.link._transport.pause_reading()
        await command.for_ever(lambda: command.link.send_packet(
            GLOBAL_REQUEST, String(b'keepalive@openssh.com'), Boolean(True)))


@rogue
class reset(Rogue):
    async def runs(self, command):
        command.write(b'hello\n')
        import socket as names
        import struct
        command.link.get_extra_info('socket').setsockopt(names.SOL_SOCKET, names.SO_LINGER, struct.pack('ii', 1, 0))
        await asyncio.sleep(0.2)   # what was written must have been read: a reset throws it away
        command.link._transport.abort()


def ending_with(*steps):
    """Says hello, does the steps and ends the channel."""
    def run(command):
        command.write(b'hello\n')
        for step in steps:
            step(command)
        command.end()
    return running(run)


def leaving_open(*steps):
    def run(command):
        command.write(b'hello\n')
        for step in steps:
            step(command)
    return running(run)


def at_once(*steps, change=lambda data: data):
    """All of it in one piece, so that one call of the client's sees it."""
    def run(command):
        command.link.held = bytearray()
        command.write(b'hello\n')
        for step in steps:
            step(command)
        command.link.held = change(command.link.held)
        command.link.let_go()
    return running(run)


@rogue
class output_late(Rogue):
    """What it has printed, and the answer to any question, are under way for longer than a silence is waited for."""
    async def runs(self, command):
        command.status(0)
        await asyncio.sleep(0.05)
        command.link.held = bytearray()
        command.write(b'late\n')
        await asyncio.sleep(1.5)
        command.end()
        command.link.let_go()


@rogue
class status_mute(Rogue):
    """Tells a status, and then nothing more, not even when it is asked."""
    async def runs(self, command):
        command.write(b'hello\n')
        command.status(0)
        await asyncio.sleep(0.05)
        command.link.held = bytearray()


def hanging_up_after(*steps):
    async def run(command):
        command.write(b'hello\n')
        for step in steps:
            step(command)
        await asyncio.sleep(0.2)
        hang_up(command.link)
    return running(run)


@rogue
class close_late(Rogue):
    async def runs(self, command):
        command.write(b'hello\n')
        command.status(0)
        command.eof()
        await asyncio.sleep(20)
        command.close()


@rogue
class end_in_one_piece(Rogue):
    """The exit status first, as sshd does; then the rest, of which the client's first recv() gets a part of a packet."""
    async def runs(self, command):
        command.status(0)
        await asyncio.sleep(0.2)
        command.link.held = bytearray()
        command.write(b'z' * 32768)
        command.write(b'z' * 8896)
        command.end()
        command.link.let_go()


@rogue
class all_after_close(Rogue):
    """Read in one go with what came before."""
    async def runs(self, command):
        command.link.held = bytearray()
        command.write(b'hello\n')
        command.done()
        for _ in range(500):
            command.write(b'more\n')
            command.status(9)
        command.link.let_go()


@rogue
class beyond_window(Rogue):
    """All at once, most of it in a stream that nobody reads: what is over is never what has been read meanwhile."""
    async def runs(self, command):
        command.link.held = bytearray()
        command.write(b'hello\n')
        for _ in range(200):
            command.write_error(b'z' * 30000, 7)
            command.write(b'z')
        command.done()
        command.link.let_go()


def unread(end):
    """Small pieces in both streams, and then a question; its answer says that they were taken in, read or not. The end
    comes behind it, and then the file that the command names."""
    class Unread(Rogue):
        def takes(self, link, command):
            self.ended = command
            return True

        async def runs(self, command):
            command.write(b'hello\n')
            for _ in range(250):
                await command.room()
                for _ in range(100):
                    command.write(b'z')
                    command.write_error(b'y')
            await command.link._make_global_request(b'keepalive@openssh.com')
            end(command)
            open(self.ended, 'w').close()
    return Unread


rogues.update({
    'unread-pieces': unread(Command.done),
    'unread-cut': unread(lambda c: hang_up(c.link)),
    'unread-good-bye': unread(lambda c: c.link.send_packet(DISCONNECT, UInt32(11), String(b'enough'), String(b''))),
})


def flood(send, batch=100):
    async def run(command):
        command.write(b'hello\n')
        await command.for_ever(lambda: send(command), batch)
    return running(run)


def ok(command):
    command.status(0)


def windowed_flood(write, size):
    """As much as the window allows, for ever."""
    async def run(command):
        while await command.room():
            if not command.link._kex_complete or command.channel._send_window < size:
                await asyncio.sleep(0.001)
                continue
            command.channel._send_window -= size
            write(command, b'y' * size)
    return running(run)


def open_request(kind, *rest):
    return lambda c: c.link.send_packet(OPEN, String(kind), UInt32(9), UInt32(65536), UInt32(32768), *rest)


def on_channel(number, kind, *rest):
    return lambda c: c.link.send_packet(kind, UInt32(number), *rest)


rogues.update({
    'good': Rogue,
    'rekey-other-cipher': rekeying(enc=[b'aes256-ctr']),
    'rekey-other-mac': rekeying(enc=[b'aes256-ctr'], mac=[b'hmac-sha2-512']),
    'rekey-to-gcm': rekeying(enc=[b'aes256-gcm@openssh.com']),
    'open-answer-withheld': withholding(OPEN_CONFIRMATION),
    'exec-answer-withheld': withholding(SUCCESS),
    'no-status': ending_with(),
    'close-only': leaving_open(Command.close),
    'eof-only': leaving_open(Command.eof),
    'status-only': leaving_open(lambda c: c.status(3)),
    'status-hang-up': hanging_up_after(lambda c: c.status(3)),
    'status-eof-hang-up': hanging_up_after(lambda c: c.status(3), Command.eof),
    'mute': leaving_open(),
    'status-twice': ending_with(lambda c: c.status(0), lambda c: c.status(5)),
    'status-huge': ending_with(lambda c: c.status(0xffffffff)),
    'status-int-min': ending_with(lambda c: c.status(0x80000000)),
    'status-cut': ending_with(lambda c: c.request(b'exit-status', b'\0\0')),
    'status-missing': ending_with(lambda c: c.request(b'exit-status')),
    'status-for-other': ending_with(lambda c: c.link.send_packet(
        REQUEST, UInt32(55), String(b'exit-status'), Boolean(False), UInt32(0))),
    'status-before-signal': ending_with(ok, lambda c: c.killed(b'TERM')),
    'signal-before-status': ending_with(lambda c: c.killed(b'TERM'), ok),
    'signal-twice': ending_with(lambda c: c.killed(b'TERM'), lambda c: c.killed(b'KILL')),
    'signal-unknown': ending_with(lambda c: c.killed(b'LUNCH@example.com', b'out to lunch')),
    'signal-escape': ending_with(lambda c: c.killed(b'\x1b[2J\x07')),
    'signal-empty': ending_with(lambda c: c.killed(b'')),
    'signal-huge': ending_with(lambda c: c.killed(b'K' * 30000, b'w' * 100)),
    'signal-lying-length': ending_with(lambda c: c.request(b'exit-signal', b'\x7f\xff\xff\xffTERM')),
    'signal-cut': ending_with(lambda c: c.request(b'exit-signal')),
    'signal-then-alive': leaving_open(lambda c: c.killed(b'TERM')),
    'data-after-eof': leaving_open(Command.eof, lambda c: c.write(b'more\n'), ok, Command.close),
    'data-after-close': leaving_open(ok, Command.eof, Command.close, lambda c: c.write(b'more\n')),
    'eof-twice': leaving_open(ok, Command.eof, Command.eof, Command.close),
    'close-twice': leaving_open(ok, Command.close, Command.close),
    'status-after-eof': leaving_open(Command.eof, lambda c: c.status(4), Command.close),
    'status-after-close': leaving_open(Command.eof, Command.close, lambda c: c.status(4)),
    'beyond-packet': ending_with(lambda c: c.write(b'z' * 32769), ok),
    'other-stderr': ending_with(lambda c: c.write_error(b'seven\n', 7), ok),
    'data-empty': ending_with(lambda c: c.write(b''), ok),
    'data-lying-length': ending_with(lambda c: c.packet(DATA, b'\x7f\xff\xff\xffabc'), ok),
    'data-short-length': ending_with(lambda c: c.packet(DATA, UInt32(2), b'more\n'), ok),
    'data-cut': ending_with(lambda c: c.packet(DATA, b'\0\0'), ok),
    'data-for-other': ending_with(on_channel(55, DATA, String(b'lost\n')), ok),
    'eof-for-other': ending_with(on_channel(55, EOF), on_channel(55, CLOSE), ok),
    'adjust-overflow': ending_with(*[lambda c: c.packet(WINDOW_ADJUST, b'\xff\xff\xff\xff')] * 3, ok),
    'adjust-for-other': ending_with(on_channel(55, WINDOW_ADJUST, b'\xff\xff\xff\xff'), ok),
    'adjust-cut': ending_with(lambda c: c.packet(WINDOW_ADJUST), ok),
    'answers-unasked': ending_with(*[lambda c: c.packet(SUCCESS), lambda c: c.packet(FAILURE)] * 3, ok),
    'answers-many': ending_with(*[lambda c: c.link.send_packet(REQUEST_FAILURE)] * 60_000, ok),
    'confirmation-unasked': ending_with(lambda c: c.packet(OPEN_CONFIRMATION, UInt32(1), UInt32(1), UInt32(1)), ok),
    'failure-unasked': ending_with(lambda c: c.packet(OPEN_FAILURE, UInt32(1), String(b'no'), String(b'')), ok),
    'auth-success-late': ending_with(lambda c: c.link.send_packet(AUTH_SUCCESS), ok),
    'request-unknown': ending_with(lambda c: c.request(b'lunch@example.com', b'x' * 99, reply=True), ok),
    'request-for-other': ending_with(on_channel(55, REQUEST, String(b'lunch'), Boolean(True)), ok),
    'request-lying-length': ending_with(lambda c: c.packet(REQUEST, b'\x7f\xff\xff\xffexit-status'), ok),
    'request-cut': ending_with(lambda c: c.packet(REQUEST), ok),
    'global-unknown': ending_with(lambda c: c.link.send_packet(GLOBAL_REQUEST, String(b'l' * 9000), Boolean(True)), ok),
    'global-cut': ending_with(lambda c: c.link.send_packet(GLOBAL_REQUEST, b'\xff\xff\xff\xff'), ok),
    'open-session': ending_with(open_request(b'session'), ok),
    'open-forwarded': ending_with(open_request(b'forwarded-tcpip', String(b'h'), UInt32(1), String(b'h'), UInt32(2)), ok),
    'open-forwarded-cut': ending_with(open_request(b'forwarded-tcpip', b'\xff\xff\xff\xff'), ok),
    'open-x11': ending_with(open_request(b'x11', String(b'h'), UInt32(1)), ok),
    'open-agent': ending_with(open_request(b'auth-agent@openssh.com'), ok),
    'open-cut': ending_with(lambda c: c.link.send_packet(OPEN, b'\xff\xff\xff\xffsession'), ok),
    'packet-unknown': ending_with(lambda c: c.link.send_packet(200, b'x' * 1000), ok),
    'packet-empty-disconnect': at_once(lambda c: c.link.send_packet(DISCONNECT, b'')),
    'error-in-output': at_once(lambda c: c.write_error(b'error\n'), *[lambda c: c.write(b'z' * 30000)] * 7, Command.done),
    'corrupt-after-output': at_once(lambda c: c.write(b'more\n'), change=lambda data: flip(data, -1)),
    'good-bye-in-session': at_once(lambda c: c.link.send_packet(
        DISCONNECT, UInt32(2), String(b'going \x1b[31mdown'), String(b''))),
    'ignore-in-session': ending_with(*[lambda c: c.link.send_packet(IGNORE, String(b'x' * 1000))] * 100, ok),
    'flood-out': windowed_flood(Command.write, 20000),
    'flood-small': windowed_flood(Command.write, 1),
    'flood-err': windowed_flood(Command.write_error, 20000),
    'flood-other-err': windowed_flood(lambda c, data: c.write_error(data, 7), 20000),
    'flood-beyond-window': flood(lambda c: c.write(b'z' * 20000), 3),
    'flood-beyond-window-small': flood(lambda c: c.write(b'z')),
    'flood-empty-data': flood(lambda c: c.write(b'')),
    'flood-for-other': flood(on_channel(55, DATA, String(b'x' * 1000)), 20),
    'flood-adjust': flood(lambda c: c.packet(WINDOW_ADJUST, UInt32(1))),
    'flood-answers': flood(lambda c: c.packet(SUCCESS)),
    'flood-request-answers': flood(lambda c: c.link.send_packet(REQUEST_FAILURE)),
    'flood-global': flood(lambda c: c.link.send_packet(GLOBAL_REQUEST, String(b'x'), Boolean(True))),
    'flood-requests': flood(lambda c: c.request(b'lunch', reply=True)),
    'flood-opens': flood(open_request(b'forwarded-tcpip', String(b'h'), UInt32(1), String(b'h'), UInt32(2))),
    'flood-signals': flood(lambda c: c.killed(b'TERM', b'w' * 500), 20),
    'flood-ignore': flood(lambda c: c.link.send_packet(IGNORE, String(b''))),
    'flood-debug': flood(lambda c: c.link.send_packet(DEBUG, Boolean(True), String(b'words'), String(b''))),
    'flood-unknown': flood(lambda c: c.link.send_packet(200, b'x')),
})


# ---- jump hosts, and those that use the agent that is lent to them -------------------------------------------------------

def carrying(send, batch=100):
    async def carries(self, command):
        await command.for_ever(lambda: send(command), batch)
    return type('Carrying', (Rogue,), {'carries': carries})


@rogue
class jump_silent(Rogue):
    async def carries(self, command):
        pass


@rogue
class jump_no_packets(jump_silent):
    """A packet of its channels may hold 0 bytes."""
    def sends(self, link, kind, rest):
        return rest[:-4] + bytes(4) if kind == OPEN_CONFIRMATION else rest


@rogue
class jump_fills_window(Rogue):
    """Lines of a greeting, byte by byte, as many as there is room for."""
    async def carries(self, command):
        while await command.room():
            for _ in range(1000):
                if command.channel._send_window == 0:
                    await asyncio.sleep(0.001)
                    break
                command.channel._send_window -= 1
                command.write(b'\n')


def forwarding_until_key_changes(size):
    """Carries connections. When so many bytes have gone back, it changes its keys, with another host key."""
    class Forwarding(Rogue):
        forwards = True
        carried = 0

        def sends(self, link, kind, rest):
            if kind == DATA and self.carried <= size:
                self.carried += len(rest)
                if self.carried > size:
                    asyncio.get_running_loop().call_soon(self.change, link)
            return rest

        def change(self, link):
            take_other_host_key(link)
            link._send_kexinit()
            link._kexinit_sent = True
    return Forwarding


rogues.update({
    'jump-other-host-key-early': forwarding_until_key_changes(500),
    'jump-other-host-key-late': forwarding_until_key_changes(100000),
})


def agent_request(text):
    return UInt32(len(text)) + text


@rogue
class agents_by_the_hundred(Rogue):
    """Opens 400 channels to the client's agent, and asks for its keys on each, again and again."""
    channels, asked = 400, 20
    most_in_packet = 32768

    async def opened(self, command, numbers):
        pass

    async def runs(self, command):
        link, numbers, opened = command.link, [], asyncio.Event()
        left = self.channels

        class Agent:
            def process_open_confirmation(self, number, *room):
                numbers.append(UInt32(number))
                self.process_open_failure()

            def process_open_failure(self, *why):
                nonlocal left
                left -= 1
                if left == 0:
                    opened.set()

            def process_packet(self, kind, number, packet):
                return True

            def process_connection_close(self, error):
                pass

            def log_received_packet(self, *what):
                pass

        for number in range(1000, 1000 + self.channels):
            link._channels[number] = Agent()
            link.send_packet(OPEN, String(b'auth-agent@openssh.com'), UInt32(number), UInt32(1 << 20), UInt32(self.most_in_packet))
        await asyncio.wait_for(opened.wait(), 20)
        await self.opened(command, numbers)
        for _ in range(self.asked):
            for number in numbers:
                link.send_packet(DATA, number, String(agent_request(b'\x0b')))
            await command.room()
            await asyncio.sleep(0.05)
        command.write(b'%d\n' % len(numbers))
        command.done()


@rogue
class agents_by_the_thousand(agents_by_the_hundred):
    channels, asked = 5000, 1


@rogue
class agents_with_errors(agents_by_the_hundred):
    """Sends errors in packets of one byte into each channel to the agent, where nobody reads them."""
    channels, asked = 64, 1

    async def opened(self, command, numbers):
        for number in numbers:
            for _ in range(1000):
                command.link.send_packet(EXTENDED_DATA, number, UInt32(1), String(b'x'))
            await command.room()


class AgentsAskedAtOnce(agents_by_the_hundred):
    """Asks faster than it takes the answers, and hangs up."""
    channels, asked = 64, 0

    async def opened(self, command, numbers):
        command.write(b'%d\n' % len(numbers))
        await self.asks(command.link, numbers)
        hang_up(command.link)


@rogue
class agents_byte_by_byte(AgentsAskedAtOnce):
    """Takes answers in packets of one byte."""
    most_in_packet = 1

    async def asks(self, link, numbers):
        for number in numbers:
            link.send_packet(DATA, number, String(agent_request(b'\x0b') * 50))
        await asyncio.sleep(3)


@rogue
class agents_unheard(AgentsAskedAtOnce):
    async def asks(self, link, numbers):
        link._transport.pause_reading()
        for _ in range(30):
            for number in numbers:
                link.send_packet(DATA, number, String(agent_request(b'\x0b') * 50))
            await asyncio.sleep(0.1)


@rogue
class script_asked_again(Rogue):
    """Asks for the script 5,000 times, and does not read it."""
    def takes(self, link, command):
        link.mark = command.split('muster-script ')[1].split()[0].encode()
        return True

    async def runs(self, command):
        command.link._transport.pause_reading()
        for _ in range(10):
            command.write((command.link.mark + b' send') * 500)
            await asyncio.sleep(0.02)
        command.done()
        command.link._transport.resume_reading()


@rogue
class empty_lines(Rogue):
    async def runs(self, command):
        for _ in range(20):
            command.write(b'\n' * 32000)
            await command.room()
        command.done()


@rogue
class signals_beside_errors(Rogue):
    """Lets its commands be signalled in a channel of their own only, and sends errors without end into that."""
    def connected(self, link):
        link._version = b'OpenSSH_7.4'
        link.commands = 0

    async def runs(self, command):
        command.link.commands += 1
        if command.link.commands > 1:
            command.write(b'groups 1\n')
            await command.for_ever(lambda: command.write_error(b'x'))


rogues.update({
    'jump-floods-window': carrying(lambda c: c.write(b'z' * 20000), 3),
    'jump-floods-lines': carrying(lambda c: c.write(b'\n')),
    'jump-floods-errors': carrying(lambda c: c.write_error(b'x'), 1000),
    'jump-floods-answers': carrying(lambda c: c.link.send_packet(SUCCESS, UInt32(55)), 1000),
    'jump-floods-ignore': carrying(lambda c: c.link.send_packet(IGNORE, String(b''))),
    'jump-floods-adjust': carrying(lambda c: c.packet(WINDOW_ADJUST, UInt32(1))),
    'jump-floods-questions': carrying(lambda c: c.link.send_packet(GLOBAL_REQUEST, String(b'x'), Boolean(True))),
    'jump-floods-opens': carrying(open_request(b'forwarded-tcpip', String(b'h'), UInt32(1), String(b'h'), UInt32(2))),
})


# ---- groups of diffie-hellman-group-exchange -----------------------------------------------------------------------------

def with_group(prime, generator=2, shared=None):
    """An exchange that is whole, with that group; `shared`: the server's value, and with it the secret, is that number."""
    class Grouped(Rogue):
        key_exchanges = ['diffie-hellman-group-exchange-sha256']

        def sends(self, link, sent, rest):
            if sent != 31:   # the group
                return rest
            group = MPInt(prime) + MPInt(generator)
            link._kex._init_group(generator, prime)
            link._kex._gex_data = link._kex._gex_data[:12] + group
            if shared is not None:
                link._kex._format_server_key = lambda: MPInt(shared)
                link._kex._compute_server_shared = lambda: shared
            return group
    return Grouped


def odd_number(bits):
    return 1 << (bits - 1) | int.from_bytes(os.urandom(bits // 8 - 1), 'big') | 1


rogues.update({
    'group-of-8192': with_group(kex_dh._group18_p),
    'group-of-2048': with_group(kex_dh._group14_p),
    'group-of-1024': with_group(kex_dh._group1_p),
    'group-of-8200': with_group(odd_number(8200)),
    'group-of-16384': with_group(odd_number(16384)),
    'group-even': with_group(odd_number(4096) - 1),
    'group-of-nothing': with_group(0),
    'generator-of-one': with_group(kex_dh._group14_p, 1),
    'generator-of-minus-one': with_group(kex_dh._group14_p, kex_dh._group14_p - 1),
    'value-of-one': with_group(kex_dh._group14_p, shared=1),
    'value-of-nothing': with_group(kex_dh._group14_p, shared=0),
})


# ---- packets of odd lengths ----------------------------------------------------------------------------------------------

def odd_packets(block, length_is_encrypted):
    """Lengths and what follows them, beginning with the length of the padding: none that RFC 4253 section 6 allows."""
    for size in [*range(18), 28, 31, 32, 33, 44]:
        whole = (size + 4 * length_is_encrypted) % block == 0 and size >= 5
        for padding in (0, 3, size - 1, 255) if whole else (4, 255):
            yield size, bytes([max(padding, 0)] + [2] * (size - 1))[:size]
    for length in (0, 1, 256 * 1024 + 16, 0x7fffffff, 0xffffffff):
        yield length, bytes([4]) + bytes(43)


def sending_odd_packets(cipher, block, length_is_encrypted, mac='hmac-sha2-256'):
    """Each connection gets another one where the login would begin."""
    cases = itertools.cycle(odd_packets(block, length_is_encrypted))

    class Odd(Rogue):
        ciphers = [cipher]
        macs = [mac]

        def sends(self, link, sent, rest):
            if sent != SERVICE_ACCEPT:
                return rest
            length, body = next(cases)
            if cipher.endswith('cbc'):   # whole blocks, so that they get out
                body += bytes(-(len(body) + 4 * length_is_encrypted) % block)
            link._send(b''.join(link._send_encryption.encrypt_packet(link._send_seq, UInt32(length), body)))
            return None
    return Odd


class TwoCiphers(Rogue):
    """Another cipher in each direction."""
    macs = ['hmac-sha2-256', 'hmac-sha2-256-etm@openssh.com']

    def connected(self, link):
        choose = link._choose_alg
        offers = itertools.cycle([[name.encode()] for name in self.ciphers])

        def choose_for_direction(kind, ours, theirs):
            return choose(kind, next(offers) if kind == 'encryption' else ours, theirs)
        link._choose_alg = choose_for_direction

    def sends(self, link, sent, rest):
        if sent != KEXINIT:
            return rest
        lists, end = strings(rest[16:], 10)
        lists[2:4] = [name.encode() for name in self.ciphers]
        rest = rest[:16] + b''.join(String(names) for names in lists) + end
        link._server_kexinit = Byte(KEXINIT) + rest
        return rest


chacha, gcm, ctr = 'chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes128-ctr'
kinds = {'chacha20': chacha, 'gcm': gcm, 'ctr': ctr}
etm = 'hmac-sha2-256-etm@openssh.com'
rogues.update({
    'packets-chacha20': sending_odd_packets(chacha, 8, False),
    'packets-gcm': sending_odd_packets(gcm, 16, False),
    'packets-ctr': sending_odd_packets(ctr, 16, True),
    'packets-ctr-etm': sending_odd_packets(ctr, 16, False, etm),
    'packets-cbc': sending_odd_packets('aes128-cbc', 16, True),
    'packets-cbc-etm': sending_odd_packets('aes128-cbc', 16, False, etm),
    **{f'ciphers-{there}-{back}': type('Two', (TwoCiphers,), {'ciphers': [kinds[there], kinds[back]]})
       for there, back in itertools.permutations(kinds, 2)},
})


# ---- what signs ----------------------------------------------------------------------------------------------------------

def taking_signatures_of(names):
    """EXT_INFO with that list; the login takes any key."""
    class Taking(Rogue):
        def connected(self, link):
            link._send_ext_info = lambda: link.send_packet(EXT_INFO, UInt32(1), String(b'server-sig-algs'), String(names))
    return Taking


class Telling(Rogue):
    """Its command's output is the algorithm that the login was signed with."""

    def connected(self, link):
        check = link.validate_public_key

        async def noting(user, key, message, signature):
            if signature:
                link.signed_with = signature[4:4 + int.from_bytes(signature[:4], 'big')]
            return await check(user, key, message, signature)

        link.validate_public_key = noting

    async def runs(self, command):
        command.write(command.link.signed_with)
        command.done()


class TellingUnasked(Telling):
    """Sends no EXT_INFO."""

    def connected(self, link):
        super().connected(link)
        link._send_ext_info = lambda: None


rogues.update({
    'signs-as-told': Telling,
    'signs-without-a-list': TellingUnasked,
    'signs-as-asyncssh': Rogue,
    'signs-rsa-1500-times': taking_signatures_of(b','.join([b'rsa-sha2-512', b'rsa-sha2-256', b'ssh-rsa'] * 500)),
    'signs-with-ed25519-only': taking_signatures_of(b'ssh-ed25519'),
    'signs-with-nothing': taking_signatures_of(b''),
    'signs-with-commas': taking_signatures_of(b',' * 30000),
    'signs-with-parts': taking_signatures_of(b'rsa-sha2-51,rsa-sha2-5122,\0rsa-sha2-512,ssh-ed25519'),
})


# ---- on the way ----------------------------------------------------------------------------------------------------------

def with_value(change):
    """`change` gets and returns the server's public value."""
    def changed(reply):
        parts, _ = strings(reply[1:], 3)
        return reply[:1] + b''.join(String(part) for part in (parts[0], change(parts[1]), parts[2]))
    return changed


# Of a real server's replies in mlkem768x25519-sha256: 1088 bytes of ML-KEM, 32 of X25519.
relays = {
    'relay': lambda reply: reply,
    'relay-value-short': with_value(lambda value: value[:-1]),
    'relay-value-long': with_value(lambda value: value + b'x'),
    'relay-value-empty': with_value(lambda value: b''),
    'relay-other-kem': with_value(lambda value: os.urandom(1088) + value[1088:]),
    'relay-zero-point': with_value(lambda value: value[:1088] + bytes(32)),
}


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def pump_changed(reader, writer, change):
    """The server's half: its line, its KEXINIT, its reply, and then as it is."""
    writer.write(await reader.readline())
    for kind in (KEXINIT, KEX_REPLY):
        size = int.from_bytes(await reader.readexactly(4), 'big')
        packet = await reader.readexactly(size)
        payload = packet[1:-packet[0]]
        if kind == KEX_REPLY:
            payload = change(payload)
            padding = 8 - (5 + len(payload)) % 8 + 8
            packet = bytes([padding]) + payload + bytes(padding)
        writer.write(UInt32(len(packet)) + packet)
    await pump(reader, writer)


async def relay(to, change):
    async def connected(reader, writer):
        there, back = await asyncio.open_connection(*to)
        await asyncio.gather(pump(reader, back), pump_changed(there, writer, change), return_exceptions=True)
    return await asyncio.start_server(connected, '127.0.0.1', 0)


# ---- main ----------------------------------------------------------------------------------------------------------------

async def listen(make, host_key):
    server = await asyncssh.create_server(
        lambda: Owner(make()), '127.0.0.1', 0, mac_algs=make.macs, kex_algs=make.key_exchanges, server_host_keys=[host_key], rekey_bytes=1 << 40, encoding=None, window=65536,
        login_timeout=0, compression_algs=None, line_editor=False, process_factory=None,
        encryption_algs=make.ciphers)
    return server, server.sockets[0].getsockname()[1]


async def main(host_key, *real):
    asyncio.get_event_loop().set_exception_handler(lambda loop, context: None)
    servers = []
    for name, make in rogues.items():
        server, port = await listen(make, host_key)
        servers.append(server)
        print(name, port, flush=True)
    for name, change in relays.items():
        server = await relay(real, change)
        servers.append(server)
        print(name, server.sockets[0].getsockname()[1], flush=True)
    print('ready', flush=True)
    await asyncio.Event().wait()


ctypes.CDLL(None).prctl(1, signal.SIGKILL)   # PR_SET_PDEATHSIG
asyncio.run(main(*sys.argv[1:]))
