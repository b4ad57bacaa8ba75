// SPDX-License-Identifier: MIT
// Chooses the way that reaches the command, and asks for the proof of its end.
#include "ssh/session/command_stop.hpp"

#include <libssh2_muster.h>

#include <string_view>

#include <muster/coro/timeout.hpp>

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

/// sshd starts a command in two steps, and forgets a signal that comes between them: the new process has no group of
/// its own yet.
constexpr auto start_up = 100ms;

/// A server says at once what has become of a signal. One that keeps silent is not waited for.
constexpr auto answer_limit = 1s;

/// Between looks at the process group.
constexpr auto look_again = 50ms;

constexpr int renewals = 4;  // of a lease, before it would expire

/// Between two lines that renew it.
std::chrono::milliseconds beat_of(lease_terms const& lease) {
    constexpr std::chrono::milliseconds longest = std::chrono::years(1);
    return lease.expires < longest ? std::chrono::milliseconds(lease.expires) / renewals : longest;
}

std::string_view banner_of(pump const& connection) {
    char const* const text = libssh2_session_banner_get(connection.session());
    return text != nullptr ? text : std::string_view();
}

}  // namespace

command_stop::command_stop(pump& connection, endpoint const& endpoint)
    : connection_(connection), way_(way_to_signal(banner_of(connection), endpoint.user)) {}

void command_stop::begins(LIBSSH2_CHANNEL* channel, std::optional<lease_terms> const& lease) {
    channel_ = channel;
    lease_ = lease;
    reachable_ = clock::now() + start_up;
    renewed_ = clock::now();
}

command_stop::clock::time_point command_stop::on_timer(clock::time_point now) {
    if (!lease_) return clock::time_point::max();
    auto const due = renewed_ + beat_of(*lease_);
    if (now < due) return due;
    renewed_ = now;
    libssh2_channel_write_ex(channel_, 0, "b\n", 2);  // no room: then more than one is on its way
    return now + beat_of(*lease_);
}

asio::awaitable<void> command_stop::tell_watch(char line) {
    char const text[] = {line, '\n'};
    auto const write = [&] { return static_cast<long>(libssh2_channel_write_ex(channel_, 0, text, sizeof text)); };
    co_await connection_.drive(write);
}

/// With an answer where libssh2 allows it: one that the signal was delivered also says that the server has not put a
/// command of its own in the place of ours (ForceCommand). False: it was not delivered, as far as is known.
asio::awaitable<bool> command_stop::request(stop_signal signal) {
    std::string_view const name = signal == stop_signal::term ? "TERM" : "KILL";
    if (muster_allow_request(channel_) == 0) {
        auto const send = [&] { return libssh2_channel_signal_ex(channel_, name.data(), name.size()); };
        co_await connection_.drive(send);
        co_return false;
    }
    auto const ask = [&]() -> long {
        int const answer = libssh2_channel_process_startup(channel_, "signal", sizeof "signal" - 1, name.data(),
                                                           static_cast<unsigned>(name.size()));
        bool const too_late = answer == LIBSSH2_ERROR_EAGAIN && muster_channel_closed(channel_) != 0;
        return too_late ? LIBSSH2_ERROR_CHANNEL_CLOSED : answer;
    };
    try {
        long const refused = co_await coro::with_timeout(answer_limit, connection_.drive(ask));
        if (refused == 0) obeys_ = true;
        co_return refused == 0;
    } catch (coro::timed_out const&) {
        co_return false;
    }
}

/// False: the group can't be reached like this.
asio::awaitable<bool> command_stop::signal_by_channel(stop_signal signal) {
    bool const is_ours = !connection_.forces_command() && (obeys_ || way_ == signal_way::channel);
    if (!is_ours) co_return false;
    if (!beside_) beside_.emplace(connection_);
    bool const opened = co_await beside_->open();
    if (opened) co_await beside_->signal(signal);
    co_return opened;
}

/// The watch of a lease goes with its command, unless it was told before to end the group.
asio::awaitable<void> command_stop::stop(stop_signal signal, bool exited) {
    co_await coro::sleep_until(reachable_);
    bool const watched = lease_ && (!exited || watch_stops_);
    watch_stops_ = watched;
    if (watched) co_await tell_watch(signal == stop_signal::term ? 't' : 'k');
    bool reached = watched && signal == stop_signal::term;
    if (!reached && (exited || way_ == signal_way::channel)) reached = co_await signal_by_channel(signal);
    if (!reached) reached = co_await request(signal);
    in_vain_ = exited && !reached && !watched;  // the watch tells nothing
    co_await connection_.flush();
}

asio::awaitable<group_state> command_stop::look() {
    if (!sees_group()) co_return group_state::unknown;
    co_return co_await beside_->look();
}

asio::awaitable<bool> command_stop::group_gone() {
    if (!sees_group()) co_return true;
    for (;;) {
        auto const state = co_await look();
        if (state != group_state::alive) co_return state == group_state::gone;
        co_await coro::sleep_for(look_again);
    }
}

}  // namespace muster::ssh
