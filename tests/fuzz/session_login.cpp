// SPDX-License-Identifier: MIT
// What a server sends from its first byte on: the banner, the key exchange, all in the clear. An error in words,
// always.
#include "scripted_server.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

#include <asio/this_coro.hpp>

#include <muster/coro/runner.hpp>

#include "ssh/connection/handshake.hpp"
#include "ssh/net/socket_stream.hpp"
#include "ssh/ssh_transport.hpp"

using namespace muster;

namespace {

/// Fine words: short, and nothing in them that could drive a terminal.
void check_words(std::string const& words) {
    if (words.empty() || words.size() > 2000) std::abort();
    for (char const c : words) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) std::abort();
    }
}

asio::awaitable<void> log_in(std::string_view bytes) {
    auto const loop = co_await asio::this_coro::executor;
    fuzz::scripted_server server(bytes);
    ssh::pump connection(std::make_unique<ssh::socket_stream>(server.connect(loop)));
    coro::deadline clock(loop, std::chrono::hours(1));
    connect_progress progress(stage::banner, clock);
    auto const offered = ssh::algorithms_of(endpoint{}, {}, false);
    try {
        co_await ssh::handshake(connection, offered, progress);
    } catch (transport_error const& error) {
        check_words(error.what());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static coro::runner loop;
    static ssh::ssh_transport const started(loop.context().get_executor());
    loop.run(log_in({reinterpret_cast<char const*>(data), size}));
    return 0;
}
