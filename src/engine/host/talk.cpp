// SPDX-License-Identifier: MIT
// Starts a command, takes its prelude, and follows it to its end.
#include "engine/host/talk.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/to_thread.hpp>

#include "engine/host/job_failure.hpp"
#include "engine/host/nul_byte.hpp"
#include "engine/host/step_record.hpp"

namespace muster {

namespace {

constexpr std::array<std::uint32_t, 1> only_zero{0};

/// The host is at a stage as long as this lives, and stays there when that ends by an exception.
class at_stage {
  public:
    at_stage(host_result& host, stage stage) : host_(host), before_(std::exchange(host.stage, stage)) {}
    void passed() { host_.stage = before_; }

  private:
    host_result& host_;
    stage before_;
};

/// The record of the step gets what is known of the end, however the command's run ends.
class end_note {
  public:
    end_note(host_place const& place, host_result const& end) : place_(place), end_(end) {}
    ~end_note() { note_own_end(place_, end_); }
    end_note(end_note const&) = delete;
    end_note& operator=(end_note const&) = delete;

  private:
    host_place place_;
    host_result const& end_;
};

/// What a refusal or a break means for a host whose step it ends.
step_failed as_failure(transport_error const& error, stage stage) {
    return {error.state(), error.state() == final_state::lost ? stage : error.stage(), error.what()};
}

asio::awaitable<std::shared_ptr<command_input>> input_of_host(host_place place, step const& step) {
    auto const open = [make = step.input_for, name = place.endpoint().name](std::stop_token const&) {
        return make(name);
    };
    try {
        co_return co_await coro::to_thread(place.run.threads(), open);
    } catch (...) {
        auto const thrown = std::current_exception();
        if (coro::is_cancellation(thrown)) throw;
        throw job_failure(final_state::failed, stage::command, "input: " + coro::describe(thrown), thrown);
    }
}

std::string command_of_host(host_place place, step const& step) try {
    return step.command_for(place.host);
} catch (...) {
    std::rethrow_exception(end_by_job(std::current_exception(), stage::command, place.result(), false));
}

/// Nothing where the step is the same for every host.
asio::awaitable<std::optional<step>> step_of_host(host_place place, step const& step) {
    if (!step.command_for && !step.input_for) co_return std::nullopt;
    auto own = step;
    if (step.command_for) own.command = command_of_host(place, step);
    if (step.input_for) own.input = co_await input_of_host(place, step);
    if (own.input) place.run.watch(own.input);
    co_return own;
}

prelude::listener listener_of(host_place place, command_terms const& terms) {
    if (terms.hear) return terms.hear;
    return [place](output_piece const& piece, bool last) {
        last ? place.run.last_output(place.host, piece) : place.run.output(place.host, piece);
    };
}

asio::awaitable<void> talk_at_once(host_place place, step const& step, command_terms terms) {
    if (auto const text = text_with_nul_byte(step); !text.empty())
        throw step_failed(final_state::failed, terms.stage, text + " holds a NUL byte");
    running_command command(co_await asio::this_coro::executor, place.run, place.host, *place.connected, step,
                            std::move(terms));
    co_await command.run();
}

asio::awaitable<void> talk_to_own(host_place place, step const& step, command_terms terms) {
    auto const own = co_await step_of_host(place, step);
    co_await talk_at_once(place, own ? *own : step, std::move(terms));
}

/// A prelude sees to sudo and the script before the command begins.
asio::awaitable<void> talk_behind_prelude(host_place place, step const& step, sent_script const* script,
                                          command_terms terms) {
    auto const own = co_await step_of_host(place, step);
    auto const& what = own ? *own : step;
    prelude before(place.run, place.host, what, script, listener_of(place, terms));
    auto& into = terms.into;
    terms.hear = [&before](output_piece const& piece, bool last) { before.hear(piece, last); };
    terms.stop = [&before, own = std::move(terms.stop)](stop_signal signal) {
        bool const done = own && own(signal);
        return before.stop(signal) || done;
    };
    terms.is_provable = [&before] { return before.is_provable(); };
    terms.judged = false;
    auto const terms_stage = terms.stage;
    terms.stage_now = [&before, terms_stage] { return before.stage_now(terms_stage); };
    try {
        co_await talk_at_once(place, before.line(), std::move(terms));
    } catch (...) {
        if (!before.begun() && into.stage != stage::session) into.stage = before.stage_now(terms_stage);
        before.note_cut(into);
        throw;
    }
    if (before.begun()) co_return;
    into.command = command_fate::not_sent;
    host_result end;
    end.state = into.state;
    end.status = std::exchange(into.status, std::nullopt);
    end.signal = std::exchange(into.signal, {});
    before.fail(end);
}

}  // namespace

asio::awaitable<void> talk(host_place place, step const& step, sent_script const* script, command_terms terms) {
    if (step.sudo || script != nullptr) return talk_behind_prelude(place, step, script, std::move(terms));
    if (step.command_for || step.input_for) return talk_to_own(place, step, std::move(terms));
    return talk_at_once(place, step, std::move(terms));
}

asio::awaitable<host_result> run_own(host_place place, own_command const& command) {
    host_result end;
    end_note const noted(place, end);
    at_stage stands(place.result(), command.stage);
    place.run.next_command(place.host);
    try {
        command_terms terms{end, false, command.stage, only_zero, command.hear, command.stop};
        terms.clears_up = command.clears_up;
        terms.may_read = command.may_read;
        co_await talk(place, command.what, nullptr, std::move(terms));
    } catch (transport_error const& error) {
        throw as_failure(error, command.stage);
    } catch (coro::timed_out const&) {
        bool const before_it = end.stage == stage::session || end.stage == stage::sudo;
        throw step_failed(final_state::timed_out, before_it ? end.stage : command.stage, error_message(end));
    }
    stands.passed();
    co_return end;
}

}  // namespace muster
