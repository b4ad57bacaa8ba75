// SPDX-License-Identifier: MIT
// What a server sends once keys have been exchanged, in packets whose tags are valid and whose lengths are free. The
// first byte chooses how what the server sends is protected, the second how it is in the other direction, the third
// what it leaves out of a session's beginning. Then come packets: a byte that says how (see add_packet), a byte n, n
// bytes.
#include "keyed_server.hpp"

#include <libssh2_muster.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>

#include <asio/this_coro.hpp>

#include <muster/coro/runner.hpp>

#include "ssh/connection/handshake.hpp"
#include "ssh/session/ssh_connection.hpp"
#include "ssh/ssh_transport.hpp"

using namespace muster;

namespace {

using namespace std::string_literals;

struct conversation_end {
    std::size_t received = 0;
    bool proved = false;
};

ssh::bytes beginning(fuzz::packet_maker& packets, unsigned left_out) {
    auto const accepted = "\x06\0\0\0\x0cssh-userauth"s;
    auto const confirmation = "\x5b\0\0\0\0\0\0\0\1\0\0\x10\0\0\0\x10\0"s;
    auto const success = "\x63\0\0\0\0"s;
    ssh::bytes all;
    if ((left_out & 1U) == 0) fuzz::add(all, packets.packet(ssh::view_of(accepted)));
    if ((left_out & 2U) == 0) fuzz::add(all, packets.packet(ssh::view_of(confirmation)));
    if ((left_out & 4U) == 0) fuzz::add(all, packets.packet(ssh::view_of(success)));
    return all;
}

ssh::bytes said_by(fuzz::packet_maker& packets, unsigned left_out, ssh::byte_view input) {
    auto all = beginning(packets, left_out);
    fuzz::add_packets(all, packets, input);
    return all;
}

std::array<char, 4096> scratch;

asio::awaitable<void> run_command(std::unique_ptr<ssh::pump> connection, conversation_end& told) {
    endpoint const endpoint;
    ssh::ssh_connection host(std::move(connection), endpoint, scratch);
    step const step{"true"};
    std::function<void()> const sending = [] {};
    auto const running = co_await host.start(step, sending);
    for (bool over = false; !over;) {
        auto const what = co_await running->read();
        if (auto const* const piece = std::get_if<output_piece>(&what)) told.received += piece->bytes.size();
        if (auto const* const end = std::get_if<command_end>(&what)) told.proved = end->proved, over = true;
    }
    co_await host.close();
}

asio::awaitable<void> converse(ssh::byte_view input, conversation_end& told) {
    auto const& to_client = fuzz::protections[input[0] % fuzz::protections.size()];
    auto const& to_server = fuzz::protections[input[1] % fuzz::protections.size()];
    auto server = std::make_unique<fuzz::keyed_server>(to_client, to_server, [input](fuzz::packet_maker& packets) {
        return said_by(packets, input[2], input.subspan(3));
    });
    auto connection = std::make_unique<ssh::pump>(std::move(server));
    coro::deadline clock(co_await asio::this_coro::executor, std::chrono::hours(1));
    connect_progress progress(stage::banner, clock);
    static auto const offered = fuzz::everything_offered();
    try {
        co_await ssh::handshake(*connection, offered, progress);
        co_await connection->drive([session = connection->session()] { return muster_ask_for_service(session); });
        connection->hold_back(false);
        connection->lift_login_limit();
        co_await run_command(std::move(connection), told);
    } catch (transport_error const& error) {
        if (std::string_view(error.what()).empty()) std::abort();
    }
}

conversation_end outcome_of(ssh::byte_view input) {
    static coro::runner loop;
    static ssh::ssh_transport const started(loop.context().get_executor());
    conversation_end told;
    if (input.size() >= 3) loop.run(converse(input, told));
    return told;
}

/// A command that says hello and ends, under every protection of either direction.
bool reaches_everything() {
    auto const hello =
        "\0\x0e\x5e\0\0\0\0\0\0\0\5hello\0\x19\x62\0\0\0\0\0\0\0\x0b"
        "exit-status\0\0\0\0\0\0\5\x61\0\0\0\0"s;
    for (std::size_t pair = 0; pair < fuzz::protections.size() * fuzz::protections.size(); ++pair) {
        auto const input = std::string{static_cast<char>(pair % fuzz::protections.size()),
                                       static_cast<char>(pair / fuzz::protections.size()), '\0'} +
                           hello;
        auto const told = outcome_of(ssh::view_of(input));
        if (told.received != 5 || !told.proved) return false;
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static bool const sound = reaches_everything();
    if (!sound) std::abort();
    outcome_of({data, size});
    return 0;
}
