// SPDX-License-Identifier: MIT
// A login after the key exchange: the server's extensions with the algorithms it takes signatures of (RFC 8308), and
// what it answers to a list of methods, a key and questions. The first byte chooses the key, the second what is tried;
// then a byte n and n bytes, the server's list, and a row of packets.
#include "keyed_server.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include <asio/this_coro.hpp>

#include <muster/coro/runner.hpp>

#include "ssh/connection/handshake.hpp"
#include "ssh/ssh_transport.hpp"

using namespace muster;

namespace {

constexpr std::array<std::string_view, 4> key_types = {"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "ssh-ed25519",
                                                       "ecdsa-sha2-nistp256"};

int sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* size, unsigned char const*, std::size_t, void**) {
    *size = 256;
    *signature = static_cast<unsigned char*>(std::calloc(1, *size));
    return *signature == nullptr ? LIBSSH2_ERROR_ALLOC : 0;
}

void answer_all(char const*, int, char const*, int, int count, LIBSSH2_USERAUTH_KBDINT_PROMPT const* questions,
                LIBSSH2_USERAUTH_KBDINT_RESPONSE* to, void**) {
    for (int i = 0; i < count; ++i) {
        if (questions[i].length > 0 && questions[i].text == nullptr) std::abort();
        to[i].text = static_cast<char*>(std::calloc(1, 8));
        to[i].length = to[i].text == nullptr ? 0 : 8;
    }
}

ssh::bytes said_by(fuzz::packet_maker& packets, ssh::byte_view input) {
    std::size_t const size = std::min<std::size_t>(input[0], input.size() - 1);
    ssh::bytes all;
    ssh::wire_writer extensions;
    extensions.u8(7).u32(1).string("server-sig-algs").string(input.subspan(1, size));
    fuzz::add(all, packets.packet(extensions.data()));
    fuzz::add(all, packets.packet(ssh::wire_writer().u8(6).string("ssh-userauth").data()));
    fuzz::add_packets(all, packets, input.subspan(1 + size));
    return all;
}

asio::awaitable<void> try_methods(ssh::pump& connection, unsigned which, ssh::byte_view key) {
    auto* const session = connection.session();
    if (which & 1U)
        co_await connection.drive([&] {
            return libssh2_userauth_list(session, "user", 4) == nullptr ? libssh2_session_last_errno(session) : 0;
        });
    void* nobody = nullptr;
    if (which & 2U)
        co_await connection.drive(
            [&] { return libssh2_userauth_publickey(session, "user", key.data(), key.size(), &sign, &nobody); });
    if (which & 4U)
        co_await connection.drive(
            [&] { return libssh2_userauth_keyboard_interactive_ex(session, "user", 4, &answer_all); });
    if (which & 8U)
        co_await connection.drive(
            [&] { return libssh2_userauth_password_ex(session, "user", 4, "words", 5, nullptr); });
}

asio::awaitable<void> log_in(ssh::byte_view input) {
    auto const& protection = fuzz::protections[input[1] / 16 % fuzz::protections.size()];
    auto server = std::make_unique<fuzz::keyed_server>(
        protection, protection, [input](fuzz::packet_maker& packets) { return said_by(packets, input.subspan(2)); });
    ssh::pump connection(std::move(server));
    coro::deadline clock(co_await asio::this_coro::executor, std::chrono::hours(1));
    connect_progress progress(stage::banner, clock);
    static auto const offered = fuzz::everything_offered();
    ssh::wire_writer key;
    key.string(key_types[input[0] % key_types.size()]).string(ssh::bytes(300, 'k'));
    try {
        co_await ssh::handshake(connection, offered, progress);
        co_await connection.drive([session = connection.session()] { return muster_ask_for_service(session); });
        connection.hold_back(false);
        co_await try_methods(connection, input[1], key.data());
    } catch (transport_error const& error) {
        if (std::string_view(error.what()).empty()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static coro::runner loop;
    static ssh::ssh_transport const started(loop.context().get_executor());
    if (size >= 3) loop.run(log_in({data, size}));
    return 0;
}
