# SPDX-License-Identifier: MIT
# SSH servers that log users in by what they are asked, each on a port of 127.0.0.1 of its own. They let in who has the
# password, and run every command with success. "NAME PORT" lines, then "ready".
import asyncio
import ctypes
import signal
import sys

import asyncssh
from asyncssh.packet import Boolean, String

PASSWORD = sys.argv[2]
SECRET = [('Password: ', False)]


class Server(asyncssh.SSHServer):
    """By keyboard-interactive alone: a list of rounds, each the questions and the answers that are right."""
    rounds = [(SECRET, [PASSWORD])]

    def begin_auth(self, username):
        self.round = 0
        return True

    def public_key_auth_supported(self):
        return False

    def password_auth_supported(self):
        return False

    def kbdint_auth_supported(self):
        return True

    def challenge(self):
        return 'a name', 'an instruction', 'en', self.rounds[self.round][0]

    def get_kbdint_challenge(self, username, lang, submethods):
        self.round = 0
        return self.challenge()

    def validate_kbdint_response(self, username, responses):
        print('answered', len(responses), [len(one) for one in responses], flush=True)
        if list(responses) != self.rounds[self.round][1]:
            return False
        self.round += 1
        return True if self.round == len(self.rounds) else self.challenge()


class Informing(Server):
    rounds = [([], []), (SECRET, [PASSWORD]), ([], [])]


class Code(Server):
    rounds = [(SECRET, [PASSWORD]), ([('Verification code: ', False)], ['123456'])]


class CodeFirst(Server):
    rounds = [([('Verification code: ', False)], [PASSWORD])]


class OneTime(Server):
    rounds = [([('One-time password: ', False)], [PASSWORD])]


class Several(Server):
    rounds = [([('User: ', True), ('Password: ', False)], ['fleet', PASSWORD])]


class Echoing(Server):
    rounds = [([('\x1b]0;Type it: ', True)], [PASSWORD])]


class Repeating(Server):
    """Asks for the password, and again and again whatever comes."""

    def validate_kbdint_response(self, username, responses):
        super().validate_kbdint_response(username, responses)
        self.round = 0
        return self.challenge()


class Insisting(Repeating):
    rounds = [([('Verification code: ', False)], ['123456'])]


class Endless(Repeating):
    rounds = [([], [])]


class Crowd(Server):
    rounds = [([('Number %d: ' % i, False) for i in range(1000)], [])]


class Boundless(Server):
    """Takes far more methods than there are; their names are no plain text."""

    def begin_auth(self, username):
        link = self.link
        send = link.send_packet

        def send_packet(kind, *rest, **more):
            send(kind, *((String(b'\x1b[31m,' + b'x' * 30000), Boolean(False)) if kind == 51 else rest), **more)
        link.send_packet = send_packet
        return True

    def connection_made(self, link):
        self.link = link


class Renewal(Server):
    rounds = [(SECRET, [PASSWORD]), ([('New password: ', False), ('Again: ', False)], ['new', 'new'])]


class RenewalStepByStep(Server):
    """As PAM does: one question at a time."""
    rounds = [(SECRET, [PASSWORD]), ([('New password: ', False)], ['new']), ([('Retype new password: ', False)], ['new'])]


class RenewalAtOnce(Server):
    rounds = [([('New password: ', False)], ['new'])]


class Expired(Server):
    """By password alone, and that one has to be changed."""

    def kbdint_auth_supported(self):
        return False

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        raise asyncssh.PasswordChangeRequired('It is too old.')


class Open(Server):
    """Asks for nothing: the method "none" is enough."""

    def begin_auth(self, username):
        return False


class Both(Server):
    """Takes the password by either method; says how often it was tried."""

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        print('password', flush=True)
        return password == PASSWORD


async def run(process):
    process.exit(0)


async def main(host_key):
    for make in (Server, Informing, Code, CodeFirst, OneTime, Several, Echoing, Repeating, Insisting, Endless, Crowd,
                 Boundless, Renewal, RenewalStepByStep, RenewalAtOnce, Expired, Open, Both):
        server = await asyncssh.create_server(make, '127.0.0.1', 0, server_host_keys=[host_key], process_factory=run)
        print(make.__name__, server.sockets[0].getsockname()[1], flush=True)
        globals()['servers'] = globals().get('servers', []) + [server]
    print('ready', flush=True)
    await asyncio.Event().wait()


ctypes.CDLL(None).prctl(1, signal.SIGKILL)   # PR_SET_PDEATHSIG
asyncio.run(main(sys.argv[1]))
