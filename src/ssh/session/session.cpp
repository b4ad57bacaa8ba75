// SPDX-License-Identifier: MIT
// See session.hpp.
#include "ssh/session/session.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "ssh/bytes/plain_text.hpp"
#include "ssh/session/group_scripts.hpp"
#include "ssh/session/session_requests.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

constexpr auto goodbye_limit = 200ms;
constexpr unsigned packet_size = 32 * 1024;

/// Of read(), beside libssh2's codes.
constexpr long nothing_yet = 1;
/// Between looks at the process group.
constexpr auto look_again = 50ms;

/// What libssh2 has to say about it, for when the connection itself has no trouble.
std::string last_error(LIBSSH2_SESSION* session) {
    char* words = nullptr;
    libssh2_session_last_error(session, &words, nullptr, 0);
    return std::string("the server broke the protocol (") + (words != nullptr ? words : "in an unknown way") + ")";
}

/// The name in the server's exit-signal message; empty: none came.
std::string exit_signal(LIBSSH2_SESSION* session, LIBSSH2_CHANNEL* channel) {
    char* name = nullptr;
    std::size_t size = 0;
    libssh2_channel_get_exit_signal(channel, &name, &size, nullptr, nullptr, nullptr, nullptr);
    if (name == nullptr) return {};
    std::string text = plain_text(std::string_view(name, size), 32);
    libssh2_free(session, name);
    return text;
}

}  // namespace

ssh_session::ssh_session(std::unique_ptr<link> connection, endpoint const& where, std::span<char> scratch)
    : connection_(std::move(connection)), scratch_(scratch), alive_(*connection_, where), stop_(*connection_, where) {
    start_pulse();
}

void ssh_session::start_pulse() {
    auto const beat = [this] {
        auto const now = link::clock::now();
        return std::min(alive_.beat(now), stop_.beat(now));
    };
    connection_->set_pulse(beat(), beat);
}

asio::awaitable<void> ssh_session::open(endpoint const& where) {
    co_await open_channel();
    auto const loop = co_await asio::this_coro::executor;
    if (!where.forward_agent_socket.empty()) agent_.emplace(loop, *connection_, where.forward_agent_socket);
    terminal_ = where.tty == tty_request::yes;
    co_await prepare_session(*connection_, channel_, where);
}

asio::awaitable<void> ssh_session::open_channel() {
    auto* const session = connection_->session();
    connection_->add_channel();
    long const code = co_await connection_->drive([&]() -> long {
        channel_ = libssh2_channel_open_ex(session, "session", sizeof "session" - 1, connection_->window(), packet_size,
                                           nullptr, 0);
        return channel_ != nullptr ? 0 : libssh2_session_last_errno(session);
    });
    if (code == 0) co_return;
    if (code == LIBSSH2_ERROR_CHANNEL_FAILURE) {
        throw transport_error(final_state::refused, stage::session,
                              "the server refused a session (see MaxSessions in its sshd_config)");
    }
    auto const trouble = connection_->trouble();
    throw transport_error(final_state::unreachable, stage::session,
                          "no session: " + (trouble.empty() ? last_error(session) : trouble));
}

asio::awaitable<void> ssh_session::exec(job const& work) {
    auto* const session = connection_->session();
    stop_.begins(channel_, work.lease);
    start_pulse();
    std::string const command = work.lease ? lease_command(work.command, *work.lease) : work.command;
    long code = co_await connection_->drive([&] {
        return libssh2_channel_process_startup(channel_, "exec", sizeof "exec" - 1, command.data(),
                                               static_cast<unsigned>(command.size()));
    });
    if (code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
        throw transport_error(final_state::refused, stage::session, "the server refused to run a command");
    }
    if (!work.lease && (work.input || terminal_)) {
        input_.emplace(co_await asio::this_coro::executor, work.input, terminal_);
    } else if (code == 0 && !work.lease) {
        code = co_await connection_->drive([&] { return libssh2_channel_send_eof(channel_); });
    }
    if (code != 0) {
        break_reason_ = last_error(session);
        throw_lost();
    }
}

void ssh_session::throw_lost() const {
    auto const trouble = connection_->trouble();
    throw transport_error(final_state::lost, stage::command,
                          "connection lost: " + (trouble.empty() ? break_reason_ : trouble));
}

bool ssh_session::exit_known() const {
    return muster_exit_status_came(channel_) != 0 || muster_exit_signal_came(channel_) != 0;
}

/// What a stream was found empty of may have come with the next look at the other one.
bool ssh_session::all_read() const {
    return muster_unread(channel_) == 0;
}

bool ssh_session::was_answered() {
    return asked_ && muster_unanswered(connection_->session()) == 0 && all_read();
}

/// Nothing: there was nothing in this stream.
std::optional<long> ssh_session::poll_stream(int stream_id, stream from) {
    auto const got = libssh2_channel_read_ex(channel_, stream_id, scratch_.data(), scratch_.size());
    if (got > 0) {
        found_ = output_piece{from, std::string_view(scratch_.data(), static_cast<std::size_t>(got))};
        err_first_ = from == stream::out;
        asked_ = false;
        return 0;
    }
    if (got == 0 || got == LIBSSH2_ERROR_EAGAIN) return std::nullopt;
    if (!broken_) {  // what came before the break is still to be had
        broken_ = true;
        break_reason_ = last_error(connection_->session());
        connection_->mute();
        muster_forget_unread(connection_->session());
        return poll_stream(stream_id, from);
    }
    return std::nullopt;
}

std::optional<long> ssh_session::poll_streams() {
    auto const out = [this] { return poll_stream(0, stream::out); };
    auto const err = [this] { return poll_stream(SSH_EXTENDED_DATA_STDERR, stream::err); };
    bool const turn_of_err = std::exchange(err_first_, false);
    auto const first = turn_of_err ? err() : out();
    if (first) return first;
    return turn_of_err ? out() : err();
}

/// One look at the channel: leaves what it found in found_, or says EAGAIN.
long ssh_session::poll() {
    if (auto const answer = poll_streams()) return *answer;
    muster_drop_other_streams(channel_);
    if (libssh2_channel_eof(channel_) != 0) {
        int const closed = exit_known() ? 0 : libssh2_channel_wait_closed(channel_);
        if (closed == 0) {
            auto end = end_so_far();
            // A terminal is hung up when its leader dies, whoever in the group lives on.
            end.proved = end.is_known() && !(terminal_ && signalled_);
            found_ = end;
            return 0;
        }
        if (closed != LIBSSH2_ERROR_EAGAIN) return closed;
    }
    if (!exit_told_ && exit_known()) {
        exit_told_ = true;
        if (stop_.has_lease()) libssh2_channel_send_eof(channel_);  // the watch is to go, too
        found_ = command_exited{};
        return 0;
    }
    if (broken_) return LIBSSH2_ERROR_SOCKET_DISCONNECT;
    if (was_answered()) {
        asked_ = false;
        found_ = caught_up{};
        return 0;
    }
    return LIBSSH2_ERROR_EAGAIN;
}

/// What goes on beside the reading. What has exited reads nothing more.
void ssh_session::serve() {
    if (broken_) return;
    if (input_ && exit_known()) input_->drop();
    if (input_) input_->send(*connection_, channel_, scratch_);
    if (input_ && input_->ended()) input_.reset();
    if (agent_) agent_->move(scratch_);
}

std::vector<asio::awaitable<void>> ssh_session::waits() {
    std::vector<asio::awaitable<void>> all;
    if (broken_) return all;
    if (input_) input_->add_waits(*connection_, all);
    if (agent_) agent_->add_waits(all);
    return all;
}

/// What poll() has found; nothing_yet when it is that late and nothing was.
asio::awaitable<long> ssh_session::next(link::clock::time_point until) {
    auto const look = [this, until] {
        serve();
        long const answer = poll();
        bool const late = answer == LIBSSH2_ERROR_EAGAIN && link::clock::now() >= until;
        return late && all_read() ? nothing_yet : answer;
    };
    auto const others = [this, until] {
        auto all = waits();
        if (until != link::clock::time_point::max()) all.push_back(coro::sleep_until(until));
        return all;
    };
    co_return co_await connection_->drive_beside(look, others);
}

/// After a stop that came behind the exit: nothing of the process group lives, or nothing can be known of it.
asio::awaitable<bool> ssh_session::group_ended() {
    if (stop_.in_vain()) co_return true;
    auto const state = co_await stop_.look();
    co_return state == group_state::gone;
}

asio::awaitable<reading> ssh_session::read() {
    bool const looks = stopped_late_ && (stop_.in_vain() || stop_.sees_group());
    auto const now = link::clock::now();
    for (auto until = looks ? now : link::clock::time_point::max();; until = link::clock::now() + look_again) {
        long const code = co_await next(until);
        if (code < 0) throw_lost();
        if (code != nothing_yet) break;
        bool const ended = co_await group_ended();
        if (!ended || !all_read()) continue;
        found_ = end_so_far();
        std::get<command_end>(found_).proved = !stop_.in_vain();
        co_return found_;
    }
    if (auto* const end = std::get_if<command_end>(&found_); end != nullptr && end->proved) {
        end->proved = co_await stop_.group_gone();
    }
    co_return found_;
}

/// What breaks while it is asked, read() tells.
asio::awaitable<void> ssh_session::ask() {
    if (!broken_) co_await connection_->drive([this] { return muster_ask(connection_->session()); });
    asked_ = true;
}

command_end ssh_session::end_so_far() const {
    command_end end;
    end.signal = exit_signal(connection_->session(), channel_);
    end.nameless = muster_exit_signal_came(channel_) != 0 && end.signal.empty();
    if (muster_exit_status_came(channel_) != 0 && !end.signalled()) {
        end.status = static_cast<std::uint32_t>(libssh2_channel_get_exit_status(channel_));
    }
    return end;
}

asio::awaitable<void> ssh_session::stop(stop_signal how) {
    signalled_ = true;
    stopped_late_ = exit_known();
    co_await stop_.stop(how, stopped_late_);
}

asio::awaitable<void> ssh_session::close() {
    auto* const session = connection_->session();
    libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "done", "");
    try {
        co_await coro::with_timeout(goodbye_limit, connection_->flush());
    } catch (coro::timed_out const&) {
        co_return;  // the peer does not read: it will see the end of the connection instead
    }
}

}  // namespace muster::ssh
