// SPDX-License-Identifier: MIT
// From a host's turn to its final state: connect, one step after the other, and what came of it.
#include "engine/run_host.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <asio/cancellation_type.hpp>

#include <muster/coro/errors.hpp>

#include "engine/conversation.hpp"
#include "engine/own_command.hpp"
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

/// Nothing where the step is the same for every host.
std::optional<step> step_of_host(step const& what, std::size_t index) {
    if (!what.command_for) return std::nullopt;
    auto own = what;
    own.command = what.command_for(index);
    return own;
}

/// The command of the host.
asio::awaitable<void> take(host_place where, step const& what) {
    where.run.next_step(where.index);
    talk_terms terms{where.result(), true, stage::command, where.run.given().how.ok_status};
    auto const own = step_of_host(what, where.index);
    conversation talk(co_await asio::this_coro::executor, where.run, where.index, where.host, own ? *own : what,
                      std::move(terms));
    co_await talk.run();
}

asio::awaitable<void> take(host_place where, push_step const& what) {
    auto const done = co_await push(where, what);
    where.result().at = stage::push;
    where.result().state = final_state::ok;
    ++(done == push_outcome::same ? where.result().same : where.result().changed);
}

asio::awaitable<void> walk(host_place where) {
    for (auto const& one : where.run.given().work.steps) {
        if (where.run.cause() != stop_cause::none) throw not_wanted_any_more();
        auto taken = std::visit([&](auto const& what) { return take(where, what); }, one);
        co_await std::move(taken);
        if (where.result().state != final_state::ok) break;
    }
}

asio::awaitable<void> live(run_state& run, std::size_t index) {
    auto const host = co_await reach(run, index);
    open_session const counted(run);
    host_place const where{run, index, *host};
    co_await walk(where);
    add_words_of_end(run.result(index));
    run.ended(index);
    if (!run.halts()) co_await host->close();  // no good-bye delays a stop
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
