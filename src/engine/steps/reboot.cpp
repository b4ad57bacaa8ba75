// SPDX-License-Identifier: MIT
// Asks the host for its boot, before the command and after it, until the answer is another one.
#include "engine/steps/reboot.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "engine/host/connect_with_retries.hpp"
#include "engine/host/retry.hpp"
#include "engine/host/talk.hpp"

namespace muster {

namespace {

constexpr std::size_t longest_id = 100;
constexpr unsigned slowest_pace = 3;  // tries 4 s apart at most: a boot takes half a minute

/// The id of the boot that the host is in. Throws step_failed.
asio::awaitable<std::string> boot_of(host_place place) {
    std::string id;
    step const question{"cat /proc/sys/kernel/random/boot_id"};
    own_command const asked{question, stage::check, [&id](output_piece const& piece, bool) {
                                if (piece.from == stream::out) id += piece.bytes.substr(0, longest_id);
                            }};
    auto const end = co_await run_own(place, asked);
    if (end.state != final_state::ok || id.empty())
        throw step_failed(final_state::failed, stage::check,
                          "the host does not tell its boot (/proc/sys/kernel/random/boot_id), so no reboot can be seen "
                          "(--expect-reboot)");
    co_return id;
}

/// Null: it is not there, or still in that boot.
asio::awaitable<std::unique_ptr<connection>> try_to_reach(host_place place, std::string const& boot) {
    try {
        auto connection = co_await connect_with_retries(place.run, place.host);
        host_place const again{place.run, place.host, connection};
        auto const now = co_await boot_of(again);
        if (now != boot) co_return connection;
    } catch (transport_error const& error) {
        if (error.state() == final_state::host_key) throw;
    } catch (step_failed const&) {
    }
    co_return nullptr;
}

asio::awaitable<void> try_until_booted(host_place place, std::string const& boot) {
    for (unsigned tries = 0;; ++tries) {
        co_await coro::sleep_for(retry_pause(std::min(tries, slowest_pace), place.run.chance()));
        auto connection = co_await try_to_reach(place, boot);
        if (!connection) continue;
        place.connected = std::move(connection);
        co_return;
    }
}

asio::awaitable<void> await_boot(host_place place, std::string const& boot) {
    auto const limit = place.options().rollout.expect_reboot;
    try {
        co_await coro::with_timeout(limit, try_until_booted(place, boot));
    } catch (coro::timed_out const&) {
        remark const limit_passed{remark_code::reboot_timeout, stage::check, limit};
        throw step_failed(final_state::timed_out, stage::check, error_message({&limit_passed, 1}, {}));
    }
}

/// False: the connection broke, or the end of the command is not known.
asio::awaitable<bool> ends_here(asio::awaitable<void> command) {
    try {
        co_await std::move(command);
        co_return true;
    } catch (transport_error const& error) {
        if (error.state() != final_state::lost && error.state() != final_state::no_status) throw;
    }
    co_return false;
}

asio::awaitable<void> run_and_await_boot(host_place place, asio::awaitable<void> command) {
    auto const boot = co_await boot_of(place);
    bool const ended = co_await ends_here(std::move(command));
    auto& result = place.result();
    if (ended && result.state == final_state::failed) co_return;
    place.run.step_started(place.host, stage::check);
    co_await await_boot(place, boot);
    result.state = final_state::ok;
    result.command = command_fate::ended;  // with the boot in which it ran
    result.stage = stage::command;
    result.error.clear();
    result.remarks.clear();
}

}  // namespace

asio::awaitable<void> with_reboot(host_place place, asio::awaitable<void> command) {
    bool const reboots = place.options().rollout.expect_reboot > std::chrono::nanoseconds{};
    return reboots ? run_and_await_boot(place, std::move(command)) : std::move(command);
}

}  // namespace muster
