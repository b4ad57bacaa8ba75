// SPDX-License-Identifier: MIT
// Sends a command, follows it to its end and lingers on its streams, or stops it.
#include "engine/conversation.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include <muster/coro/shield.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include "engine/halt.hpp"
#include "engine/reach.hpp"
#include "engine/words.hpp"

namespace muster {

namespace {

using namespace std::chrono_literals;

constexpr auto proof_limit = 1s;         // after SIGKILL: either the end is proved by then, or it stays unknown
constexpr auto survivors_limit = 200ms;  // between a command's exit and the close of its streams

/// A server that has told an exit and then says nothing is asked whether that was all. One that lives answers at once.
constexpr auto answer_limit = 15s;

/// What the background prints is followed so many times as long as its silence would be.
constexpr int lingers = 30;

/// More than a command's pipes, its server and the windows of the way can hold back: what comes after so much was
/// printed after the exit.
constexpr std::size_t most_under_way = 16u << 20u;

constexpr auto no_limit = std::chrono::nanoseconds::max();

/// Zero means none.
std::chrono::nanoseconds as_deadline(std::chrono::nanoseconds limit) {
    return limit > 0s ? limit : no_limit;
}

final_state state_of(command_end const& end, std::span<std::uint32_t const> ok_status) {
    if (end.signalled()) return final_state::signalled;
    if (!end.status) return final_state::no_status;
    return is_ok_status(*end.status, ok_status) ? final_state::ok : final_state::failed;
}

/// False: not within the limit.
asio::awaitable<bool> done_within(std::chrono::nanoseconds limit, asio::awaitable<void> work) {
    try {
        co_await coro::with_timeout(limit, std::move(work));
    } catch (coro::timed_out const&) {
        co_return false;
    }
    co_return true;
}

}  // namespace

conversation::conversation(asio::any_io_executor const& loop, run_state& run, std::size_t index, connection& host,
                           step const& what, talk_terms terms)
    : run_(run),
      index_(index),
      host_(host),
      what_(what),
      terms_(std::move(terms)),
      connect_timeout_(as_deadline(connect_limit(run, index))),
      command_timeout_(as_deadline(how().command_timeout)),
      clock_(loop, connect_timeout_) {}

void conversation::about_to_send() {
    if (terms_.counts) {
        if (run_.cause() == stop_cause::none) run_.command_sent(index_);
        if (run_.cause() != stop_cause::none) throw not_wanted_any_more();
    } else {
        result().command = command_fate::unknown;
    }
    awaited_ = phase::answer;
    sent_ = run_.now();
    clock_.restart(std::min(connect_timeout_, command_timeout_));
}

void conversation::note_start() {
    awaited_ = phase::end;
    clock_.restart(command_timeout_ == no_limit ? no_limit : command_timeout_ - (run_.now() - sent_));
}

void conversation::take(command_end const& end) {
    result().status = end.status;
    result().signal = end.signal;
    result().state = state_of(end, terms_.ok_status);
}

void conversation::conclude(command_end const& end) {
    over_ = true;
    take(end);
    bool const blind = stopping_ && terms_.is_provable && !terms_.is_provable();
    if (end.proved && !blind) result().command = command_fate::ended;
}

/// Output during a stop is not waited for: a full sink must not prolong it.
void conversation::pass_on(output_piece const& piece) {
    if (terms_.hear) {
        terms_.hear(piece, stopping_);
    } else if (stopping_) {
        run_.last_output(index_, piece);
    } else {
        run_.output(index_, piece);
    }
}

asio::awaitable<void> conversation::room_to_read() {
    if (!run_.room().is_set()) co_await run_.room().wait();
    if (terms_.may_read != nullptr && !terms_.may_read->is_set()) co_await terms_.may_read->wait();
}

/// One reading. Output is passed on before anything else can run: its bytes are the transport's, which may share them
/// between its commands.
asio::awaitable<void> conversation::read_once() {
    auto const what = co_await peer_->read();
    if (auto const* const piece = std::get_if<output_piece>(&what)) {
        pass_on(*piece);
        since_exit_ += piece->bytes.size();
    } else if (auto const* const end = std::get_if<command_end>(&what)) {
        conclude(*end);
    } else if (std::holds_alternative<caught_up>(what)) {
        quiet_ = true;
    } else if (std::holds_alternative<command_started>(what)) {
        note_start();
    } else {
        exited_ = true;
    }
}

/// From here on the result stands, and a failure counts.
void conversation::note_exit() {
    exited_at_ = run_.now();
    since_exit_ = 0;
    take(peer_->end_so_far());
    if (!terms_.counts || !terms_.judged) return;
    run_.exited(index_);
    run_.halt_at(index_);
}

std::chrono::nanoseconds conversation::longest_linger() const {
    return lingers * std::min<std::chrono::nanoseconds>(how().linger, std::chrono::nanoseconds::max() / lingers);
}

bool conversation::lingered_long() const {
    return run_.now() - exited_at_ >= longest_linger();
}

void conversation::let_go(char const* why) {
    over_ = true;
    result().error = why;
    result().command = command_fate::ended;
}

asio::awaitable<void> conversation::ask_and_read() {
    quiet_ = false;
    co_await peer_->ask();
    co_await read_once();
}

void conversation::note_late_output() {
    if (told_ || over_ || !terms_.counts || run_.now() - exited_at_ < how().linger) return;
    told_ = true;
    run_.lingers(index_, longest_linger());
}

/// Reads on after the exit, until nothing has come for a while and the server has proved that nothing is under way.
asio::awaitable<void> conversation::linger() {
    if (!lingered_long()) {
        bool const came = co_await done_within(how().linger, read_once());
        if (came) co_return note_late_output();
    }
    bool const answered = co_await done_within(answer_limit, ask_and_read());
    if (!answered)
        throw transport_error(final_state::lost, stage::command,
                              "the server has said nothing more since it told the command's exit, not even when it was "
                              "asked");
    if (!quiet_ && !(lingered_long() && since_exit_ > most_under_way)) co_return;
    let_go(told_ && lingered_long() ? "a process in the background goes on printing; not followed any longer"
                                    : "a process in the background still holds the output open; not waited for");
}

asio::awaitable<void> conversation::follow() {
    while (!over_) {
        if (exited_) {
            co_await linger();
        } else {
            co_await read_once();
            if (exited_) note_exit();
        }
        if (!over_) co_await room_to_read();
    }
}

asio::awaitable<void> conversation::send() {
    std::function<void()> const sending = [this] { about_to_send(); };
    peer_ = co_await host_.start(what_, sending);
}

asio::awaitable<void> conversation::send_and_follow() {
    try {
        co_await send();
        co_await follow();
    } catch (transport_error const& error) {
        over_ = true;
        if (error.state() == final_state::refused) result().command = command_fate::not_sent;
        if (exited_) result().command = command_fate::ended;
        throw;
    }
}

std::string conversation::timeout_words() const {
    if (awaited_ == phase::channel) return connect_timeout_words(stage::session, connect_timeout_);
    if (awaited_ == phase::answer && connect_timeout_ < command_timeout_)
        return "no answer to the request to run the command within " + seconds_words(connect_timeout_);
    return "timed out after " + seconds_words(command_timeout_);
}

asio::awaitable<void> conversation::converse() {
    try {
        co_await coro::with_deadline(clock_, send_and_follow());
    } catch (coro::timed_out const&) {
        if (awaited_ == phase::channel) result().at = stage::session;
        result().error = timeout_words();
        throw;
    }
}

/// Reads on during a stop.
asio::awaitable<void> conversation::drain() {
    while (!over_) co_await read_once();
}

asio::awaitable<void> conversation::drain_to_exit() {
    while (!over_ && !exited_) co_await read_once();
}

asio::awaitable<void> conversation::signal(stop_signal how) {
    bool const done = terms_.stop && terms_.stop(how);
    if (!done) co_await peer_->stop(how);
}

/// Until the end is proved. What outlives a command that has exited is signalled once more: the first signal may not
/// have reached it.
asio::awaitable<void> conversation::signal_and_drain(stop_signal how) {
    bool const had_exited = exited_;
    co_await signal(how);
    co_await drain_to_exit();
    if (!had_exited && !over_) {
        bool const gone = co_await done_within(survivors_limit, drain());
        if (!gone) exited_ = true;
        if (!over_) co_await signal(how);
    }
    co_await drain();
}

asio::awaitable<void> conversation::stop_step(stop_signal how, std::chrono::nanoseconds limit) {
    if (over_) co_return;
    try {
        co_await coro::with_timeout(limit, signal_and_drain(how));
    } catch (coro::timed_out const&) {
        co_return;  // the next step, or `unknown`
    } catch (transport_error const& error) {
        over_ = true;
        append_words(result().error, std::string("while it was being stopped: ") + error.what());
    }
}

/// TERM, the grace, KILL, and a moment to prove the end. What is not proved stays `unknown`.
asio::awaitable<void> conversation::stop_command() {
    co_await stop_step(stop_signal::term, how().grace);
    co_await stop_step(stop_signal::kill, proof_limit);
}

asio::awaitable<void> conversation::stop_unless_over() {
    if (over_ || !peer_) co_return;
    stopping_ = true;
    auto* const abort = run_.given().abort;
    if (abort == nullptr) {
        co_await stop_command();
    } else {
        co_await coro::wait_any(stop_command(), abort->wait());
    }
}

asio::awaitable<void> conversation::run() {
    co_await coro::finally(converse(), stop_unless_over());
}

}  // namespace muster
