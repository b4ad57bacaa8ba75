// SPDX-License-Identifier: MIT
// What a server sends once somebody has logged in. The packets go in the clear, which libssh2 bears as long as no keys
// have been agreed on; so the input is what the encryption would protect. It is a row of payloads: a byte n, then n
// bytes, or for n over 250 one byte n - 250 thousand times. The first byte says with what the server begins.
#include "scripted_server.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include <asio/this_coro.hpp>

#include <muster/coro/runner.hpp>

#include "ssh/net/socket_stream.hpp"
#include "ssh/session/ssh_connection.hpp"
#include "ssh/ssh_transport.hpp"

using namespace muster;

namespace {

using namespace std::string_literals;

constexpr unsigned kexinit = 20;  // a key exchange would need the banners, which there were none of

std::string packet(std::string const& payload) {
    if (payload.empty() || static_cast<unsigned char>(payload[0]) == kexinit) return {};
    std::size_t const padding = 16 - (5 + payload.size()) % 8;
    std::size_t const length = 1 + payload.size() + padding;
    std::string bytes;
    for (unsigned shift = 32; shift > 0; shift -= 8) bytes += static_cast<char>(length >> (shift - 8));
    return bytes + static_cast<char>(padding) + payload + std::string(padding, '\0');
}

std::string beginning(unsigned how) {
    auto const confirmation = "\x5b\0\0\0\0\0\0\0\1\0\0\x10\0\0\0\x10\0"s;
    auto const success = "\x63\0\0\0\0"s;
    return (how & 1U ? "" : packet(confirmation)) + (how & 2U ? "" : packet(success));
}

std::string stream_of(std::string_view input) {
    if (input.empty()) return {};
    std::string bytes = beginning(static_cast<unsigned char>(input[0]));
    input.remove_prefix(1);
    while (input.size() > 1) {
        std::size_t const n = static_cast<unsigned char>(input[0]);
        bool const repeats = n > 250;
        bytes += packet(repeats ? std::string((n - 250) * 1000, input[1]) : std::string(input.substr(1, n)));
        input.remove_prefix(std::min(input.size(), repeats ? 2 : 1 + n));
    }
    return bytes;
}

void check_end(command_end const& end) {
    if (end.proved != (end.status.has_value() || !end.signal.empty())) std::abort();
    if (end.signal.size() > 32) std::abort();
}

std::array<char, 4096> scratch;

asio::awaitable<void> converse(std::string const& bytes) {
    auto const loop = co_await asio::this_coro::executor;
    fuzz::scripted_server server(bytes);
    auto connection = std::make_unique<ssh::pump>(std::make_unique<ssh::socket_stream>(server.connect(loop)));
    connection->lift_login_limit();
    endpoint const endpoint;
    ssh::ssh_connection host(std::move(connection), endpoint, scratch);
    step const step{"true"};
    std::function<void()> const sending = [] {};
    std::size_t received = 0;
    try {
        auto const running = co_await host.start(step, sending);
        for (bool over = false; !over;) {
            auto const what = co_await running->read();
            if (auto const* const piece = std::get_if<output_piece>(&what)) received += piece->bytes.size();
            if (auto const* const end = std::get_if<command_end>(&what)) check_end(*end), over = true;
        }
        co_await host.close();
    } catch (transport_error const& error) {
        if (std::string_view(error.what()).empty()) std::abort();
    }
    if (received > bytes.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static coro::runner loop;
    static ssh::ssh_transport const started(loop.context().get_executor());
    loop.run(converse(stream_of({reinterpret_cast<char const*>(data), size})));
    return 0;
}
