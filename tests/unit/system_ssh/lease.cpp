// SPDX-License-Identifier: MIT
// The lease that a command by the system's ssh has, with another program in ssh's place.
#include "system_ssh/system_ssh_command.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <variant>

#include <muster/coro/runner.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include "process/child.hpp"
#include "process/groups.hpp"
#include "support/sandbox.hpp"

using namespace muster;
using namespace std::chrono_literals;

namespace {

/// Comes back when the file has so many bytes.
asio::awaitable<void> grown(std::string path, std::uintmax_t size) {
    std::error_code none_yet;
    for (;;) {
        auto const now = std::filesystem::file_size(path, none_yet);
        if (!none_yet && now >= size) co_return;
        co_await coro::sleep_for(10ms);
    }
}

/// The first output, behind the start.
asio::awaitable<std::string> first_output(command& of) {
    for (;;) {
        auto const event = co_await of.read();
        if (auto const* const piece = std::get_if<output_piece>(&event)) co_return std::string(piece->bytes);
    }
}

asio::awaitable<void> renew_unread(std::string path) {
    auto const loop = co_await asio::this_coro::executor;
    process::groups groups;
    process::reaper reaper;
    system_ssh::system_ssh_command peer(loop, {groups, reaper}, false);
    step leased("true");
    leased.lease = lease_terms{.expires = 1s};
    peer.start(process::command::shell("echo up; exec cat >" + path), leased, 0s);
    auto const three_beats = std::string("b\nb\nb\n").size();
    co_await coro::with_timeout(60s, coro::run_as_daemon(peer.idle(), grown(path, three_beats)));
    auto const output = co_await coro::with_timeout(60s, first_output(peer));
    CHECK(output == "up\n");
    co_await peer.stop(stop_signal::kill);
}

}  // namespace

TEST_CASE("a lease by the system's ssh is renewed while nobody reads the output, which is kept") {
    test::sandbox const folder;
    coro::run(renew_unread(folder.file("beats")));
}
