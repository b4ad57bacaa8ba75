// SPDX-License-Identifier: MIT
// Opens a command's channel, sends the request, and reads to the end.
#include "ssh/session/ssh_command.hpp"

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

ssh_command::ssh_command(pump& connection, endpoint const& endpoint, std::span<char> scratch, forwarded_agent* agent)
    : connection_(connection), scratch_(scratch), agent_(agent), channel_(connection), stop_(connection, endpoint) {}

asio::awaitable<void> ssh_command::open(session_requests const& wanted) {
    co_await open_channel();
    terminal_ = wanted.terminal;
    co_await prepare_session(connection_, channel_.get(), wanted);
}

asio::awaitable<void> ssh_command::open_channel() {
    long const code = co_await channel_.open();
    if (code == 0) co_return;
    if (code == LIBSSH2_ERROR_CHANNEL_FAILURE) throw channel_refused();
    connection_.require_same_host_key();
    auto const trouble = connection_.error_message();
    throw transport_error(final_state::unreachable, stage::session,
                          "no session: " + (trouble.empty() ? last_error(connection_.session()) : trouble));
}

void ssh_command::send(step const& step, std::string text) {
    stop_.begins(channel_.get(), step.lease);
    if (step.lease) lease_timer_.emplace(connection_, [this](auto now) { return stop_.on_timer(now); });
    request_ = std::move(text);
    if (shell::may_be_refused(request_)) login_shell_.emplace();
    if (!step.lease) input_source_ = step.input;
    wants_input_ = !step.lease && (step.input || terminal_);
    answer_ = request();
    bool const ends_input = answer_ == LIBSSH2_ERROR_EAGAIN && reads_nothing();
    if (ends_input) input_ended_ = libssh2_channel_send_eof(channel_.get()) == 0;  // in the same piece
    connection_.push_out();
}

bool ssh_command::reads_nothing() const {
    return !wants_input_ && !stop_.has_lease();
}

/// Sends the request, or looks for the answer to it.
long ssh_command::request() {
    return libssh2_channel_process_startup(channel_.get(), "exec", sizeof "exec" - 1, request_.data(),
                                           static_cast<unsigned>(request_.size()));
}

/// Until the server has answered.
asio::awaitable<void> ssh_command::start() {
    if (answer_ == LIBSSH2_ERROR_EAGAIN) answer_ = co_await connection_.drive([this] { return request(); });
    if (answer_ == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
        throw transport_error(final_state::refused, stage::session, "the server refused to run a command");
    if (wants_input_ && !input_) {
        auto const loop = co_await asio::this_coro::executor;
        input_.emplace(connection_, loop, std::move(input_source_), terminal_);
    } else if (answer_ == 0 && reads_nothing() && !input_ended_) {
        answer_ = co_await connection_.drive([this] { return libssh2_channel_send_eof(channel_.get()); });
    }
    if (answer_ != 0) {
        break_reason_ = last_error(connection_.session());
        throw_lost();
    }
    std::string().swap(request_);
    started_ = true;
}

void ssh_command::throw_lost() const {
    connection_.require_same_host_key();
    auto const trouble = connection_.error_message();
    throw transport_error(final_state::lost, stage::command,
                          "connection lost: " + (trouble.empty() ? break_reason_ : trouble));
}

bool ssh_command::exit_known() const {
    return muster_exit_status_came(channel_.get()) != 0 || muster_exit_signal_came(channel_.get()) != 0;
}

/// What a stream was found empty of may have come with the next look at the other one.
bool ssh_command::all_read() const {
    return muster_unread(channel_.get()) == 0;
}

bool ssh_command::was_answered() {
    return asked_ && muster_unanswered(connection_.session()) == 0 && all_read();
}

/// Throws if the login shell has not run the command.
void ssh_command::require_not_refused() const {
    if (login_shell_ && login_shell_->is_refused(end_so_far().status))
        throw transport_error(final_state::refused, stage::session, std::string(shell::refusal_words));
}

/// All that has come was read.
void ssh_command::require_begun() const {
    auto const status = end_so_far().status;
    if (login_shell_ && !login_shell_->has_begun() && status && !signalled_)
        throw transport_error(final_state::refused, stage::session, shell::never_begun_words(*status));
}

/// Nothing: there was nothing in this stream.
std::optional<long> ssh_command::poll_stream(int stream_id, stream from) {
    auto const got = libssh2_channel_read_ex(channel_.get(), stream_id, scratch_.data(), scratch_.size());
    if (got > 0) {
        std::string_view bytes(scratch_.data(), static_cast<std::size_t>(got));
        err_first_ = from == stream::out;
        asked_ = false;
        if (from == stream::out && login_shell_) bytes = login_shell_->take(bytes);
        if (bytes.empty()) return poll_stream(stream_id, from);
        found_ = output_piece{from, bytes};
        return 0;
    }
    if (got == 0 || got == LIBSSH2_ERROR_EAGAIN) return std::nullopt;
    if (!broken_) {
        note_break();
        return poll_stream(stream_id, from);
    }
    return std::nullopt;
}

/// read() still hands out what came before it.
void ssh_command::note_break() {
    broken_ = true;
    break_reason_ = last_error(connection_.session());
    connection_.disable_reads();
    muster_forget_unread(connection_.session());
}

std::optional<long> ssh_command::poll_streams() {
    auto const out = [this] { return poll_stream(0, stream::out); };
    auto const err = [this] { return poll_stream(SSH_EXTENDED_DATA_STDERR, stream::err); };
    bool const turn_of_err = std::exchange(err_first_, false);
    auto const first = turn_of_err ? err() : out();
    if (first) return first;
    return turn_of_err ? out() : err();
}

/// One look at the channel: leaves what it found in found_, or says EAGAIN.
long ssh_command::poll() {
    if (auto const answer = poll_streams()) return *answer;
    muster_drop_other_streams(channel_.get());
    if (libssh2_channel_eof(channel_.get()) != 0) {
        int const closed = exit_known() ? 0 : libssh2_channel_wait_closed(channel_.get());
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
        end_due_ = stop_.has_lease();  // the watch is to go, too
        send_end();
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

/// In the middle of new keys it goes out later.
void ssh_command::send_end() {
    if (end_due_) end_due_ = libssh2_channel_send_eof(channel_.get()) == LIBSSH2_ERROR_EAGAIN;
}

/// What goes on beside the reading. What has exited reads nothing more.
void ssh_command::serve() {
    if (broken_) return;
    send_end();
    if (input_ && exit_known()) input_->drop();
    if (input_) input_->send(connection_, channel_.get(), scratch_);
    if (input_ && input_->ended()) input_.reset();
    if (agent_ != nullptr) agent_->move(scratch_);
    connection_.settle();
}

std::vector<asio::awaitable<void>> ssh_command::waits() {
    std::vector<asio::awaitable<void>> all;
    if (broken_) return all;
    if (input_) input_->add_waits(connection_, all);
    if (agent_ != nullptr) agent_->add_waits(all);
    return all;
}

/// What poll() has found; nothing_yet when it is that late and nothing was.
asio::awaitable<long> ssh_command::next(pump::clock::time_point until) {
    auto const look = [this, until] {
        serve();
        long const answer = poll();
        bool const late = answer == LIBSSH2_ERROR_EAGAIN && pump::clock::now() >= until;
        return late && all_read() ? nothing_yet : answer;
    };
    auto const others = [this, until] {
        auto all = waits();
        if (until != pump::clock::time_point::max()) all.push_back(coro::sleep_until(until));
        return all;
    };
    co_return co_await connection_.drive_beside(look, others);
}

/// After a stop that came behind the exit: nothing of the process group lives, or nothing can be known of it.
asio::awaitable<bool> ssh_command::group_ended() {
    if (stop_.in_vain()) co_return true;
    auto const state = co_await stop_.look();
    co_return state == group_state::gone;
}

asio::awaitable<command_event> ssh_command::read() {
    if (!started_) {
        co_await start();
        co_return command_started{};
    }
    bool const looks = stopped_late_ && (stop_.in_vain() || stop_.sees_group());
    auto const now = pump::clock::now();
    for (auto until = looks ? now : pump::clock::time_point::max();; until = pump::clock::now() + look_again) {
        long const code = co_await next(until);
        if (code < 0) throw_lost();
        if (code != nothing_yet) break;
        bool const ended = co_await group_ended();
        if (!ended || !all_read()) continue;
        found_ = end_so_far();
        std::get<command_end>(found_).proved = !stop_.in_vain();
        co_return found_;
    }
    if (!std::holds_alternative<output_piece>(found_)) require_not_refused();
    bool const all_came = std::holds_alternative<command_end>(found_) || std::holds_alternative<caught_up>(found_);
    if (all_came) require_begun();
    if (auto* const end = std::get_if<command_end>(&found_); end != nullptr && end->proved) {
        end->proved = co_await stop_.group_gone();
    }
    co_return found_;
}

/// False: nothing will come any more.
bool ssh_command::take_in() {
    if (broken_ || connection_.has_ended()) return false;
    int const code = muster_take_in(connection_.session());
    muster_join_unread(channel_.get());
    if (code < 0 && code != LIBSSH2_ERROR_EAGAIN) note_break();
    return !broken_ && !connection_.has_ended();
}

/// The window is not renewed, so that the server sends no more than that. The end of the connection is left to read():
/// libssh2 must not hear of it before the output has been read.
asio::awaitable<void> ssh_command::idle() {
    auto const look = [this]() -> long {
        serve();
        return take_in() ? LIBSSH2_ERROR_EAGAIN : 0;
    };
    auto const others = [this] { return waits(); };
    co_await connection_.drive_beside(look, others);
}

/// What breaks while it is asked, read() tells.
asio::awaitable<void> ssh_command::ask() {
    if (!broken_) co_await connection_.drive([this] { return muster_ask(connection_.session()); });
    asked_ = true;
}

command_end ssh_command::end_so_far() const {
    command_end end;
    end.signal = exit_signal(connection_.session(), channel_.get());
    end.nameless = muster_exit_signal_came(channel_.get()) != 0 && end.signal.empty();
    if (muster_exit_status_came(channel_.get()) != 0 && !end.signalled()) {
        end.status = static_cast<std::uint32_t>(libssh2_channel_get_exit_status(channel_.get()));
    }
    return end;
}

/// A request that is not answered yet is not waited for: libssh2 takes the next answer for the signal's.
asio::awaitable<void> ssh_command::stop(stop_signal signal) {
    started_ = true;
    signalled_ = true;
    stopped_late_ = exit_known();
    co_await stop_.stop(signal, stopped_late_);
}

}  // namespace muster::ssh
