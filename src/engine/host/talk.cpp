// SPDX-License-Identifier: MIT
// See talk.hpp.
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
#include <muster/coro/timeout.hpp>
#include <muster/coro/to_thread.hpp>

#include "engine/host/step_record.hpp"

namespace muster {

namespace {

constexpr std::array<std::uint32_t, 1> only_zero{0};

/// The host is at a stage as long as this lives, and stays there when that ends by an exception.
class at_stage {
  public:
    at_stage(host_result& host, stage at) : host_(host), before_(std::exchange(host.at, at)) {}
    void passed() { host_.at = before_; }

  private:
    host_result& host_;
    stage before_;
};

/// The record of the step gets what is known of the end, however the command's run ends.
class end_note {
  public:
    end_note(host_place const& where, host_result const& end) : where_(where), end_(end) {}
    ~end_note() { note_own_end(where_, end_); }
    end_note(end_note const&) = delete;
    end_note& operator=(end_note const&) = delete;

  private:
    host_place where_;
    host_result const& end_;
};

/// What a refusal or a break means for a host whose step it ends.
step_failed as_failure(transport_error const& error, stage at) {
    return {error.state(), error.state() == final_state::lost ? at : error.at(), error.what()};
}

asio::awaitable<std::shared_ptr<command_input>> input_of_host(host_place where, step const& what) {
    auto const open = [make = what.input_for, name = where.endpoint().name](std::stop_token const&) {
        return make(name);
    };
    try {
        co_return co_await coro::to_thread(where.run.threads(), open);
    } catch (std::exception const& reason) {
        if (coro::is_cancellation(std::current_exception())) throw;
        throw step_failed(final_state::failed, stage::command, std::string("input ") + reason.what());
    }
}

/// Nothing where the step is the same for every host.
asio::awaitable<std::optional<step>> step_of_host(host_place where, step const& what) {
    if (!what.command_for && !what.input_for) co_return std::nullopt;
    auto own = what;
    if (what.command_for) own.command = what.command_for(where.host);
    if (what.input_for) {
        own.input = co_await input_of_host(where, what);
        where.run.watch(own.input);
    }
    co_return own;
}

prelude::listener listener_of(host_place where, command_terms const& terms) {
    if (terms.hear) return terms.hear;
    return [where](output_piece const& piece, bool last) {
        last ? where.run.last_output(where.host, piece) : where.run.output(where.host, piece);
    };
}

asio::awaitable<void> talk_at_once(host_place where, step const& what, command_terms terms) {
    running_command command(co_await asio::this_coro::executor, where.run, where.host, *where.connected, what,
                            std::move(terms));
    co_await command.run();
}

asio::awaitable<void> talk_to_own(host_place where, step const& given, command_terms terms) {
    auto const own = co_await step_of_host(where, given);
    co_await talk_at_once(where, own ? *own : given, std::move(terms));
}

/// A prelude sees to sudo and the script before the command begins.
asio::awaitable<void> talk_behind_prelude(host_place where, step const& given, sent_script const* script,
                                          command_terms terms) {
    auto const own = co_await step_of_host(where, given);
    auto const& what = own ? *own : given;
    prelude before(where.run, where.host, what, script, listener_of(where, terms));
    auto& into = terms.into;
    terms.hear = [&before](output_piece const& piece, bool last) { before.hear(piece, last); };
    terms.stop = [&before, own = std::move(terms.stop)](stop_signal how) {
        bool const done = own && own(how);
        return before.stop(how) || done;
    };
    terms.is_provable = [&before] { return before.is_provable(); };
    terms.judged = false;
    co_await talk_at_once(where, before.line(), std::move(terms));
    if (before.begun()) co_return;
    into.command = command_fate::not_sent;
    host_result end;
    end.state = into.state;
    end.status = std::exchange(into.status, std::nullopt);
    end.signal = std::exchange(into.signal, {});
    before.fail(end);
}

}  // namespace

asio::awaitable<void> talk(host_place where, step const& given, sent_script const* script, command_terms terms) {
    if (given.sudo || script != nullptr) return talk_behind_prelude(where, given, script, std::move(terms));
    if (given.command_for || given.input_for) return talk_to_own(where, given, std::move(terms));
    return talk_at_once(where, given, std::move(terms));
}

asio::awaitable<host_result> run_own(host_place where, own_command const& one) {
    host_result end;
    end_note const noted(where, end);
    at_stage stands(where.result(), one.at);
    where.run.next_command(where.host);
    try {
        command_terms terms{end, false, one.at, only_zero, one.hear, one.stop};
        terms.may_read = one.may_read;
        co_await talk(where, one.what, nullptr, std::move(terms));
    } catch (transport_error const& error) {
        throw as_failure(error, one.at);
    } catch (coro::timed_out const&) {
        throw step_failed(final_state::timed_out, end.at == stage::session ? stage::session : one.at,
                          error_message(end));
    }
    stands.passed();
    co_return end;
}

}  // namespace muster
