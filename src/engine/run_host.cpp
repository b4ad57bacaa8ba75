// SPDX-License-Identifier: MIT
// From a host's turn to its final state: connect, one step after the other, and what came of it.
#include "engine/run_host.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <asio/cancellation_type.hpp>

#include <muster/coro/errors.hpp>
#include <muster/coro/shield.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/remote.hpp>

#include "engine/check.hpp"
#include "engine/command_step.hpp"
#include "engine/pull.hpp"
#include "engine/push.hpp"
#include "engine/reach.hpp"
#include "engine/words.hpp"

namespace muster {

namespace {

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

/// Why the command's end is no success.
void add_words_of_end(host_result& result) {
    if (result.state == final_state::signalled) {
        result.error =
            result.signal.empty() ? "killed by a signal without a name" : "killed by signal " + result.signal;
    } else if (result.state == final_state::no_status) {
        result.error = "the server closed the session without an exit status; the command may still run";
    } else if (result.state == final_state::failed && result.error.empty()) {
        result.error = "exit status " + std::to_string(*result.status);
    }
}

/// For a command that had exited, while something held its streams.
void add_words_of_cut(host_result& result) {
    auto const before = std::exchange(result.error, {});
    add_words_of_end(result);
    append_words(result.error, result.command == command_fate::ended
                                   ? "a process in the background still held the output open and was stopped"
                                   : "a process in the background still holds the output open and may still run");
    if (!before.empty()) append_words(result.error, before);
}

void set_state_of_cancelled(run_state& run, std::size_t index) {
    run.stop(stop_cause::cancelled);  // unless the cause is known already: the caller
    auto& result = run.result(index);
    if (run.has_exited(index)) return add_words_of_cut(result);
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

void set_state_of_timed_out(run_state& run, std::size_t index) {
    auto& result = run.result(index);
    if (run.has_exited(index)) return add_words_of_cut(result);
    result.state = final_state::timed_out;
}

void set_state_of_transport_error(run_state& run, std::size_t index, transport_error const& error) {
    auto& result = run.result(index);
    result.state = error.state();
    result.at = error.at();
    result.error = error.what();
    if (!run.has_exited(index)) return;
    auto const how = result.status ? "exit status " + std::to_string(*result.status) : std::string("a signal");
    append_words(result.error, "the command had ended by then (" + how + "), but the end of its output may be missing");
}

/// The final state of a host whose life was cut short by an exception; `asked`: by a cancellation, perhaps.
void set_state_of_failure(run_state& run, std::size_t index, std::exception_ptr const& why, bool asked) {
    auto& result = run.result(index);
    result.cause = why;
    try {
        std::rethrow_exception(why);
    } catch (transport_error const& error) {
        set_state_of_transport_error(run, index, error);
    } catch (step_failed const& error) {
        result.state = error.state();
        result.at = error.at();
        result.error = error.what();
    } catch (coro::timed_out const&) {
        set_state_of_timed_out(run, index);
    } catch (not_wanted_any_more const&) {
        result.cause = nullptr;
        result.state = result.command == command_fate::not_sent ? final_state::not_started : final_state::stopped;
    } catch (...) {
        result.cause = nullptr;
        if (!asked || !coro::is_cancellation(why)) run.fault(why);
        if (result.command == command_fate::not_sent) result.at = stage::none;
        set_state_of_cancelled(run, index);
    }
}

// What a step of a job is, and what its end means for the host.

asio::awaitable<void> take(host_place where, step const& what) {
    co_await run_command(where, what, nullptr);
}

asio::awaitable<void> take(host_place where, script_step const& what) {
    co_await run_script(where, what);
}

asio::awaitable<void> take(host_place where, push_step const& what) {
    auto const done = co_await push(where, what);
    ++(done == push_outcome::same ? where.result().same : where.result().changed);
    where.result().at = stage::push;
}

asio::awaitable<void> take(host_place where, check_step const& what) {
    co_await check(where, what);
}

asio::awaitable<void> take(host_place where, pull_step const& what) {
    co_await pull(where, what);
}

asio::awaitable<void> take(host_place /*where*/, always_step const& /*what*/) {
    co_return;  // at the end
}

bool is_for_after(job_step const& one) {
    return std::holds_alternative<check_step>(one) || std::holds_alternative<pull_step>(one) ||
           std::holds_alternative<always_step>(one);
}

/// With `soon`, what has begun is brought to its end: a host whose command was sent is checked, too.
bool may_go_on(host_place where, job_step const& next) {
    auto const cause = where.run.cause();
    if (cause == stop_cause::none) return true;
    bool const soon = cause == stop_cause::failure && where.how().halt.when == halt_when::soon;
    return soon && is_for_after(next) && where.result().command != command_fate::not_sent;
}

asio::awaitable<void> walk(host_place where) {
    where.result().state = final_state::ok;
    for (auto const& one : where.run.given().work_of(where.index).steps) {
        if (!may_go_on(where, one)) throw not_wanted_any_more();
        auto taken = std::visit([&](auto const& what) { return take(where, what); }, one);
        co_await std::move(taken);
        if (where.result().state != final_state::ok) break;
    }
}

asio::awaitable<void> call_body(host_place const& where, job_body const& body) {
    remote host(where);
    co_await body(host);
    where.result().state = final_state::ok;
}

asio::awaitable<void> do_work(host_place where) {
    auto const& body = where.run.given().work_of(where.index).body;
    if (body) {
        co_await call_body(where, *body);
    } else {
        co_await walk(where);
    }
}

/// A failure of what runs at the end makes an `ok` host fail; of another one it is a remark.
void note_always(host_result& host, std::string const& words, final_state state) {
    if (host.state == final_state::ok) {
        host.state = state;
        host.at = stage::always;
        host.error = words;
    } else {
        append_words(host.error, "at the end: " + words);
    }
}

asio::awaitable<void> run_at_end(host_place where, always_step const& last) {
    own_command const one{last.what, stage::always,
                          [where](output_piece const& piece, bool) { where.run.last_output(where.index, piece); }};
    try {
        auto const end = co_await run_own(where, one);
        if (end.state != final_state::ok) note_always(where.result(), words_of_end(end), end.state);
    } catch (step_failed const& error) {
        note_always(where.result(), error.what(), error.state());
    }
}

/// During a stop it has the time of its grace.
asio::awaitable<void> run_all_at_end(host_place where) {
    for (auto const& one : where.run.given().work_of(where.index).steps) {
        auto const* const last = std::get_if<always_step>(&one);
        if (last == nullptr) continue;
        bool const stops = where.run.cause() != stop_cause::none;
        auto const before = where.result().at;
        try {
            if (stops) {
                co_await coro::with_timeout(where.how().grace, run_at_end(where, *last));
            } else {
                co_await run_at_end(where, *last);
            }
        } catch (coro::timed_out const&) {
            note_always(where.result(), "did not end within " + seconds_words(where.how().grace),
                        final_state::timed_out);
        }
        if (where.result().at == stage::always && where.result().state != final_state::ok) continue;
        where.result().at = before;
    }
}

asio::awaitable<void> live(run_state& run, std::size_t index) {
    auto link = co_await reach(run, index);
    open_session const counted(run);
    host_place const where{run, index, link};
    co_await coro::finally(do_work(where), run_all_at_end(where));
    add_words_of_end(run.result(index));
    run.ended(index);
    if (!run.halts()) co_await link->close();  // no good-bye delays a stop
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
    set_state_of_failure(run, index, cut_short, asked);
    run.ended(index);
}

}  // namespace muster
