// SPDX-License-Identifier: MIT
// Sends a command, reads it to its end and lingers on its streams, or stops it.
#include "engine/host/running_command.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <variant>

#include <asio/this_coro.hpp>

#include <muster/coro/shield.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include "engine/host/connect_with_retries.hpp"
#include "engine/host/host_failure.hpp"
#include "engine/rollout/halt.hpp"

namespace muster {

namespace {

using namespace std::chrono_literals;

constexpr auto proof_limit = 1s;         // after SIGKILL: either the end is proved by then, or it stays unknown
constexpr auto handover_limit = 5s;      // until SIGKILL is out, on a host that took SIGTERM
constexpr auto abort_limit = 500ms;      // likewise, when the stop is cut short
constexpr auto survivors_limit = 200ms;  // between a command's exit and the close of its streams

/// A server that has reported an exit and then is silent is asked whether that was all. One that lives answers at once.
constexpr auto answer_limit = 15s;

/// The output of a background process is read for so many times the limit on its silence.
constexpr int lingers = 30;

/// More than a command's pipes, its server and the windows on the way can hold back: output beyond it was printed after
/// the exit.
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
asio::awaitable<bool> done_within(std::chrono::nanoseconds limit, asio::awaitable<void> task) {
    try {
        co_await coro::with_timeout(limit, std::move(task));
    } catch (coro::timed_out const&) {
        co_return false;
    }
    co_return true;
}

}  // namespace

running_command::running_command(asio::any_io_executor const& loop, run_state& run, std::size_t host, connection& over,
                                 step const& step, command_terms terms)
    : run_(run),
      host_(host),
      connection_(over),
      step_(step),
      terms_(std::move(terms)),
      connect_timeout_(as_deadline(connect_limit(run, host))),
      command_timeout_(as_deadline(options().command_timeout)),
      clock_(loop, connect_timeout_),
      begun_(run.now()) {}

void running_command::about_to_send() {
    if (terms_.counts) {
        if (run_.may_begin(host_)) run_.command_sent(host_);
        if (!run_.may_begin(host_)) throw run_is_stopping();
    } else {
        result().command = command_fate::unknown;
    }
    awaited_ = phase::answer;
    sent_ = run_.now();
    add_duration(run_.result(host_).stages.edit(), stage::session, sent_ - begun_);
    clock_.restart(std::min(connect_timeout_, command_timeout_));
}

void running_command::note_start() {
    awaited_ = phase::end;
    clock_.restart(command_timeout_ == no_limit ? no_limit : command_timeout_ - (run_.now() - sent_));
}

void running_command::take(command_end const& end) {
    result().status = end.status;
    result().signal = end.signal;
    result().state = state_of(end, terms_.ok_status);
}

void running_command::conclude(command_end const& end) {
    over_ = true;
    if (!stopping_ && end.is_known() && !end.proved)
        throw transport_fault(run_.result(host_).host, "tells how the command has ended, and that this is not proved");
    take(end);
    bool const blind = stopping_ && terms_.is_provable && !terms_.is_provable();
    if (end.proved && !blind) result().command = command_fate::ended;
    if (end.never_sent) result().command = command_fate::not_sent;
}

/// Output during a stop is not waited for: a full sink must not prolong it.
void running_command::pass_on(output_piece const& piece) {
    if (terms_.hear) {
        terms_.hear(piece, stopping_);
    } else if (stopping_) {
        run_.last_output(host_, piece);
    } else {
        run_.output(host_, piece);
    }
}

bool running_command::has_room() const {
    return run_.room().is_set() && (terms_.may_read == nullptr || terms_.may_read->is_set());
}

/// All hosts wait for the same room, which the first of them may have filled again: one at a time stops to wait.
asio::awaitable<coro::semaphore::permit> running_command::await_room() {
    for (;;) {
        while (!run_.room().is_set()) co_await run_.room().wait();
        if (terms_.may_read != nullptr && !terms_.may_read->is_set()) co_await terms_.may_read->wait();
        auto turn = co_await run_.turns_to_read().acquire();
        if (has_room()) co_return turn;
    }
}

/// A reader may pause for hours. Meanwhile the server still wants its answers, and a lease its beats.
asio::awaitable<void> running_command::room_to_read() {
    while (!has_room()) co_await coro::run_as_daemon(command_->idle(), await_room());
}

/// One reading. Output is passed on before anything else can run: its bytes are the transport's, which may share them
/// between its commands.
asio::awaitable<void> running_command::read_once() {
    auto const event = co_await command_->read();
    if (auto const* const piece = std::get_if<output_piece>(&event)) {
        pass_on(*piece);
        bytes_since_exit_ += piece->bytes.size();
    } else if (auto const* const end = std::get_if<command_end>(&event)) {
        conclude(*end);
    } else if (std::holds_alternative<caught_up>(event)) {
        caught_up_ = true;
    } else if (std::holds_alternative<command_started>(event)) {
        note_start();
    } else {
        exited_ = true;
        exited_at_ = run_.now();
    }
}

/// From here on the result stands, and a failure counts.
void running_command::note_exit() {
    bytes_since_exit_ = 0;
    take(command_->end_so_far());
    if (!terms_.counts || !terms_.judged) return;
    run_.exited(host_);
    run_.halt_at(host_);
}

std::chrono::nanoseconds running_command::longest_linger() const {
    return lingers * std::min<std::chrono::nanoseconds>(options().linger, std::chrono::nanoseconds::max() / lingers);
}

bool running_command::lingered_long() const {
    return run_.now() - exited_at_ >= longest_linger();
}

void running_command::stop_reading(remark_code why) {
    over_ = true;
    result().remarks.edit().push_back({why});
    result().command = command_fate::ended;
}

asio::awaitable<void> running_command::ask_and_read() {
    caught_up_ = false;
    co_await command_->ask();
    co_await read_once();
}

void running_command::note_late_output() {
    if (linger_told_ || over_ || !terms_.counts || run_.now() - exited_at_ < options().linger) return;
    linger_told_ = true;
    run_.lingers(host_, longest_linger());
}

/// Reads on after the exit, until nothing has come for a while and the server has proved that nothing is under way.
asio::awaitable<void> running_command::linger() {
    if (!lingered_long()) {
        bool const came = co_await done_within(options().linger, read_once());
        if (came) co_return note_late_output();
    }
    bool const answered = co_await done_within(answer_limit, ask_and_read());
    if (!answered) throw host_failure(final_state::lost, terms_.stage, {remark_code::server_silent});
    if (!caught_up_ && !(lingered_long() && bytes_since_exit_ > most_under_way)) co_return;
    stop_reading(linger_told_ && lingered_long() ? remark_code::background_prints : remark_code::background_left);
}

asio::awaitable<void> running_command::read_to_end() {
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

asio::awaitable<void> running_command::send() {
    std::function<void()> const sending = [this] { about_to_send(); };
    command_ = co_await connection_.start(step_, sending);
    auto const& label = run_.result(host_).host;
    if (!command_) throw transport_fault(label, "has started and given no command");
    if (awaited_ == phase::channel) throw transport_fault(label, "has started a command without calling `sending`");
}

/// What has exited was the login shell, whose words came behind its status.
void running_command::note_refusal() {
    result().command = command_fate::not_sent;
    result().status.reset();
}

asio::awaitable<void> running_command::send_and_read() {
    try {
        co_await send();
        co_await read_to_end();
    } catch (transport_error const& error) {
        over_ = true;
        bool const is_refused = error.state() == final_state::refused || error.state() == final_state::auth;
        if (is_refused || (command_ && command_->end_so_far().never_sent)) result().command = command_fate::not_sent;
        if (exited_) result().command = command_fate::ended;
        if (exited_ && error.state() == final_state::refused) note_refusal();
        throw;
    }
}

stage running_command::stage_now() const {
    return terms_.stage_now ? terms_.stage_now() : terms_.stage;
}

remark running_command::passed_limit() const {
    if (awaited_ == phase::channel) return {remark_code::connect_timeout, stage::session, connect_timeout_};
    if (awaited_ == phase::answer && connect_timeout_ < command_timeout_)
        return {remark_code::request_timeout, stage::session, connect_timeout_};
    return {remark_code::command_timeout, stage_now(), command_timeout_};
}

asio::awaitable<void> running_command::run_with_timeout() {
    try {
        co_await coro::with_deadline(clock_, send_and_read());
    } catch (coro::timed_out const&) {
        auto const passed = passed_limit();
        if (awaited_ == phase::channel) {
            result().stage = stage::session;
            throw_if_behind_jump(run_.args().endpoints[host_], passed);
        }
        result().remarks.edit().push_back(passed);
        throw;
    }
}

/// Reads on during a stop.
asio::awaitable<void> running_command::drain() {
    while (!over_) co_await read_once();
}

asio::awaitable<void> running_command::drain_to_exit() {
    while (!over_ && !exited_) co_await read_once();
}

asio::awaitable<void> running_command::send_signal(stop_signal signal) {
    bool const done = terms_.stop && terms_.stop(signal);
    if (!done) co_await command_->stop(signal);
}

/// The moment for the proof begins when SIGKILL is out: on a busy host that itself may take longer.
asio::awaitable<void> running_command::hand_over(stop_signal signal, coro::deadline& clock) {
    co_await send_signal(signal);
    takes_signals_ = true;
    if (signal == stop_signal::kill) clock.restart(proof_limit);
}

/// A server tells the exit first, and then that the streams are closed.
asio::awaitable<void> running_command::await_close() {
    auto const left = survivors_limit - (run_.now() - exited_at_);
    if (left > 0s) co_await done_within(left, drain());
}

/// Until the end is proved. What outlives a command that has exited is signalled once more: the first signal may not
/// have reached it.
asio::awaitable<void> running_command::signal_and_drain(stop_signal signal, coro::deadline& clock) {
    bool const had_exited = exited_;
    if (had_exited) co_await await_close();
    if (over_) co_return;
    co_await hand_over(signal, clock);
    co_await drain_to_exit();
    if (!had_exited && !over_) {
        bool const gone = co_await done_within(survivors_limit, drain());
        if (!gone) exited_ = true;
        if (!over_) co_await hand_over(signal, clock);
    }
    co_await drain();
}

asio::awaitable<void> running_command::stop_with(stop_signal signal, std::chrono::nanoseconds limit) {
    if (over_) co_return;
    coro::deadline clock(co_await asio::this_coro::executor, limit);
    try {
        co_await coro::with_deadline(clock, signal_and_drain(signal, clock));
    } catch (coro::timed_out const&) {
        co_return;  // the next signal, or `unknown`
    } catch (transport_error const& error) {
        over_ = true;
        result().remarks.edit().push_back({remark_code::stop_interrupted});
        result().error = error.what();
    }
}

/// TERM, the grace, KILL, and a moment to prove the end. What is not proved stays `unknown`.
asio::awaitable<void> running_command::stop_command() {
    co_await stop_with(stop_signal::term, std::max(options().grace, terms_.clears_up));
    co_await stop_with(stop_signal::kill, takes_signals_ ? handover_limit : proof_limit);
}

/// A command that is stopped in a way of its own is read, too: only so does its input reach the host.
asio::awaitable<void> running_command::kill_and_flush() {
    bool const own_way = terms_.stop && terms_.stop(stop_signal::kill);
    if (own_way) {
        co_await drain();
    } else {
        co_await command_->stop(stop_signal::kill);
    }
}

/// The stop was cut short: SIGKILL goes out, and no proof is waited for.
asio::awaitable<void> running_command::kill_at_once() {
    try {
        co_await coro::with_timeout(abort_limit, kill_and_flush());
    } catch (coro::timed_out const&) {
        co_return;
    } catch (transport_error const&) {
        co_return;
    }
}

/// The stop came behind the exit: either something had held the streams, or they were about to be closed.
void running_command::note_cut() {
    auto& remarks = result().remarks.edit();
    bool const ended = result().command == command_fate::ended;
    if (ended && !takes_signals_) {
        std::erase_if(remarks, [](remark const& told) { return told.code == remark_code::command_timeout; });
    } else {
        remark const background{ended ? remark_code::background_stopped : remark_code::background_may_run};
        remarks.insert(remarks.begin(), background);
    }
}

asio::awaitable<void> running_command::stop_unless_over() {
    if (over_ || !command_) co_return;
    stopping_ = true;
    bool const had_exited = exited_;
    auto* const abort = run_.args().abort;
    if (abort == nullptr) {
        co_await stop_command();
    } else {
        co_await coro::wait_any(stop_command(), abort->wait());
        bool const clears_up = terms_.clears_up > 0s;
        if (abort->is_set() && clears_up) co_await stop_with(stop_signal::term, abort_limit);
        if (!over_ && abort->is_set()) co_await kill_at_once();
    }
    if (had_exited && terms_.counts && terms_.judged) note_cut();
}

asio::awaitable<void> running_command::run() {
    auto const at_end = [this] { return stop_unless_over(); };
    co_await coro::finally(run_with_timeout(), at_end);
}

running_command::~running_command() {
    if (awaited_ != phase::channel) add_duration(run_.result(host_).stages.edit(), terms_.stage, run_.now() - sent_);
}

}  // namespace muster
