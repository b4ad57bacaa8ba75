// SPDX-License-Identifier: MIT
// See run_host.hpp.
#include "engine/run_host.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <asio/cancellation_type.hpp>
#include <asio/system_error.hpp>

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

template <class T>
asio::awaitable<T> limited(std::chrono::nanoseconds limit, asio::awaitable<T> work) {
    return limit > 0s ? coro::with_timeout(limit, std::move(work)) : std::move(work);
}

/// The command of one host, once it was sent.
struct conversation {
    conversation(run_state& of, std::size_t host, session& with) : run(of), index(host), peer(with) {}
    host_result& result() const { return run.result(index); }
    options const& how() const { return run.given().how; }

    run_state& run;
    std::size_t index;
    session& peer;
    bool exited = false;  // the command itself, while something may hold its streams
    bool over = false;    // nothing is left that could be stopped: it has ended, or the connection is gone
};

void conclude(conversation& talk, command_end const& end) {
    talk.over = true;
    auto& result = talk.result();
    result.status = end.status;
    result.signal = end.signal;
    if (end.proved) result.command = command_fate::ended;
}

using output_taker = void (run_state::*)(std::size_t index, output_piece const& piece);

/// One reading. Output is passed on before anything else can run: its bytes are the transport's, which may share them
/// between its sessions.
asio::awaitable<void> read_once(conversation& talk, output_taker take = &run_state::output) {
    auto const what = co_await talk.peer.read();
    if (auto const* const piece = std::get_if<output_piece>(&what)) {
        (talk.run.*take)(talk.index, *piece);
    } else if (auto const* const end = std::get_if<command_end>(&what)) {
        conclude(talk, *end);
    } else {
        talk.exited = true;
    }
}

/// The same, with limited patience for a command that has exited but whose streams somebody still holds.
asio::awaitable<void> linger(conversation& talk) {
    try {
        co_await coro::with_timeout(talk.how().linger, read_once(talk));
    } catch (coro::timed_out const&) {
        conclude(talk, talk.peer.end_so_far());
        talk.result().error = "a process in the background still holds the output open; not waited for";
        talk.result().command = command_fate::ended;
    }
}

asio::awaitable<void> follow(conversation& talk) {
    while (!talk.over) {
        if (talk.exited) {
            co_await linger(talk);
        } else {
            co_await read_once(talk);
        }
        if (!talk.over && !talk.run.room().is_set()) co_await talk.run.room().wait();
    }
}

asio::awaitable<void> start(conversation& talk) {
    auto const limit = connect_limit(talk.run, talk.index);
    try {
        co_await limited(limit, talk.peer.exec(talk.run.given().work));
    } catch (coro::timed_out const&) {
        talk.result().error = "no answer to the request to run the command within " + seconds_words(limit);
        throw;
    }
}

asio::awaitable<void> start_and_follow(conversation& talk) {
    try {
        co_await start(talk);
        co_await follow(talk);
    } catch (transport_error const& error) {
        talk.over = true;
        if (error.state() == final_state::refused) talk.result().command = command_fate::not_sent;
        throw;
    }
}

asio::awaitable<void> converse(conversation& talk) {
    auto const limit = talk.how().command_timeout;
    try {
        co_await limited(limit, start_and_follow(talk));
    } catch (coro::timed_out const&) {
        if (talk.result().error.empty()) talk.result().error = "timed out after " + seconds_words(limit);
        throw;
    }
}

/// Reads on during a stop. Output is not waited for: a full sink must not prolong it.
asio::awaitable<void> drain_once(conversation& talk) {
    return read_once(talk, &run_state::last_output);
}

asio::awaitable<void> drain(conversation& talk) {
    while (!talk.over) co_await drain_once(talk);
}

asio::awaitable<void> drain_to_exit(conversation& talk) {
    while (!talk.over && !talk.exited) co_await drain_once(talk);
}

/// Until the end is proved. What outlives a command that has exited is signalled once more: the first signal may not
/// have reached it.
asio::awaitable<void> signal_and_drain(conversation& talk, stop_signal how) {
    bool const had_exited = talk.exited;
    co_await talk.peer.stop(how);
    co_await drain_to_exit(talk);
    if (!had_exited && !talk.over) {
        try {
            co_await coro::with_timeout(survivors_limit, drain(talk));
        } catch (coro::timed_out const&) {
            talk.exited = true;
        }
        if (!talk.over) co_await talk.peer.stop(how);
    }
    co_await drain(talk);
}

asio::awaitable<void> stop_step(conversation& talk, stop_signal how, std::chrono::nanoseconds limit) {
    if (talk.over) co_return;
    try {
        co_await coro::with_timeout(limit, signal_and_drain(talk, how));
    } catch (coro::timed_out const&) {
        co_return;  // the next step, or `unknown`
    } catch (transport_error const& error) {
        talk.over = true;
        append_words(talk.result().error, std::string("while it was being stopped: ") + error.what());
    }
}

/// TERM, the grace, KILL, and a moment to prove the end. What is not proved stays `unknown`.
asio::awaitable<void> stop_command(conversation& talk) {
    co_await stop_step(talk, stop_signal::term, talk.how().grace);
    co_await stop_step(talk, stop_signal::kill, proof_limit);
}

asio::awaitable<void> stop_unless_over(conversation& talk) {
    if (talk.over) co_return;
    auto* const abort = talk.run.given().abort;
    if (abort == nullptr) {
        co_await stop_command(talk);
    } else {
        co_await coro::wait_any(stop_command(talk), abort->wait());
    }
}

asio::awaitable<void> run_command(conversation& talk) {
    talk.run.command_sent(talk.index);
    co_await coro::finally(converse(talk), stop_unless_over(talk));
}

/// Counts a session as long as it is open.
class open_session {
  public:
    explicit open_session(run_state& run) : run_(run) { run_.session_opened(); }
    ~open_session() { run_.session_closed(); }
    open_session(open_session const&) = delete;
    open_session& operator=(open_session const&) = delete;

  private:
    run_state& run_;
};

void set_state_of_ended_command(run_state& run, host_result& result) {
    if (!result.signal.empty()) {
        result.state = final_state::signalled;
        result.error = "killed by signal " + result.signal;
    } else if (!result.status) {
        result.state = final_state::no_status;
        result.error = "the server closed the session without an exit status; the command may still run";
    } else {
        bool const ok = is_ok_status(*result.status, run.given().how.ok_status);
        result.state = ok ? final_state::ok : final_state::failed;
        if (!ok && result.error.empty()) result.error = "exit status " + std::to_string(*result.status);
    }
}

bool is_cancellation(std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (asio::system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

void set_state_of_cancelled(run_state& run, host_result& result) {
    run.stop(stop_cause::cancelled);  // unless the cause is known already: the caller
    bool const sent = result.command != command_fate::not_sent;
    if (sent && run.total_passed()) {
        result.state = final_state::timed_out;
        result.at = stage::total;
        append_words(result.error,
                     "the limit of " + seconds_words(run.given().how.total_timeout) + " on the run has passed");
    } else {
        result.state = sent ? final_state::stopped : final_state::not_started;
    }
}

/// The final state of a host whose life was cut short by an exception; `asked`: by a cancellation, perhaps.
void set_state_of_failure(run_state& run, host_result& result, std::exception_ptr const& why, bool asked) {
    result.cause = why;
    try {
        std::rethrow_exception(why);
    } catch (transport_error const& error) {
        result.state = error.state();
        result.at = error.at();
        result.error = error.what();
    } catch (coro::timed_out const&) {
        result.state = final_state::timed_out;
    } catch (...) {
        result.cause = nullptr;
        if (!asked || !is_cancellation(why)) run.fault(why);
        set_state_of_cancelled(run, result);
    }
}

asio::awaitable<void> live(run_state& run, std::size_t index) {
    auto const peer = co_await reach(run, index);
    open_session const counted(run);
    if (run.cause() != stop_cause::none) co_return run.ended(index);  // with `soon`: this would be a new start
    conversation talk(run, index, *peer);
    co_await run_command(talk);
    set_state_of_ended_command(run, run.result(index));
    run.ended(index);
    if (!run.halts()) co_await peer->close();  // no good-bye delays a stop
}

}  // namespace

asio::awaitable<void> run_host(run_state& run, std::size_t index) {
    run.started(index);
    std::exception_ptr cut_short;
    try {
        co_await live(run, index);
    } catch (...) {
        cut_short = std::current_exception();
    }
    if (run.has_ended(index)) co_return;
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    bool const asked = cancellation.cancelled() != asio::cancellation_type::none;
    set_state_of_failure(run, run.result(index), cut_short, asked);
    run.ended(index);
}

}  // namespace muster
