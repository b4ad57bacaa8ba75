// SPDX-License-Identifier: MIT
// See muster/remote.hpp. The steps of a job are made of the same.
#include <muster/remote.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/exception_group.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/wait.hpp>
#include <muster/input.hpp>

#include "engine/host/host_place.hpp"
#include "engine/steps/check.hpp"
#include "engine/steps/command_step.hpp"
#include "engine/steps/pull.hpp"
#include "engine/steps/push.hpp"

namespace muster {

namespace {

constexpr std::size_t most_kept = std::size_t{16} << 20U;
constexpr std::size_t most_unread = std::size_t{256} * 1024;

void keep(std::string& into, std::string_view bytes, bool& truncated) {
    auto const room = most_kept - std::min(most_kept, into.size());
    into += bytes.substr(0, room);
    truncated = truncated || bytes.size() > room;
}

command_result as_result(host_result const& host, command_result so_far) {
    so_far.status = host.status;
    so_far.signal = host.signal;
    return so_far;
}

/// How a host ends whose command did not end well.
[[noreturn]] void throw_end(host_result const& host) {
    throw step_failed(host.state, stage::command, error_message(host));
}

/// Passes output on to the sink and into the result.
prelude::listener listener_into(host_place const& place, command_result& result) {
    return [&place, &result](output_piece const& piece, bool last) {
        keep(piece.from == stream::out ? result.out : result.err, piece.bytes, result.truncated);
        last ? place.run.last_output(place.host, piece) : place.run.output(place.host, piece);
    };
}

void require_answer(host_result const& host) {
    if (host.state == final_state::no_status)
        throw step_failed(final_state::no_status, stage::command,
                          "the server closed the session without an exit status");
}

}  // namespace

struct dialogue::state {
    explicit state(asio::any_io_executor const& loop)
        : input(command_input::of_writes()), more(loop), room(loop), written(loop) {
        room.set();
        input->on_read(written.setter());
    }

    void hear(std::string_view bytes) {
        text += bytes;
        if (text.size() > most_unread) room.reset();
        more.set();
    }
    void end() {
        ended = true;
        more.set();
        written.set();
    }
    std::string take(std::size_t size) {
        auto piece = text.substr(0, size);
        text.erase(0, size);
        if (text.size() <= most_unread) room.set();
        return piece;
    }

    std::shared_ptr<command_input> input;
    coro::remote_event more;     // output, or the end
    coro::remote_event room;     // for more output
    coro::remote_event written;  // what was written has been read
    std::string text;
    bool ended = false;
    bool closed = false;
};

coro::awaitable<std::optional<std::string>> dialogue::line() {
    for (;;) {
        auto const end = state_.text.find('\n');
        if (end != std::string::npos) {
            auto whole = state_.take(end + 1);
            whole.pop_back();
            co_return whole;
        }
        if (state_.ended || !state_.room.is_set()) break;
        state_.more.reset();
        co_await state_.more.wait();
    }
    if (state_.text.empty()) co_return std::nullopt;
    co_return state_.take(state_.text.size());
}

coro::awaitable<std::optional<std::string>> dialogue::some() {
    while (state_.text.empty() && !state_.ended) {
        state_.more.reset();
        co_await state_.more.wait();
    }
    if (state_.text.empty()) co_return std::nullopt;
    co_return state_.take(state_.text.size());
}

coro::awaitable<void> dialogue::write(std::string_view bytes) {
    if (state_.closed || state_.ended) co_return;
    state_.written.reset();
    state_.input->write(bytes);
    while (!state_.ended && state_.input->unread() > most_unread) {
        co_await state_.written.wait();
        state_.written.reset();
    }
}

void dialogue::close() {
    if (!std::exchange(state_.closed, true)) state_.input->go_on_with(nullptr);
}

std::string const& remote::label() const {
    return place_.endpoint().label;
}

std::size_t remote::index() const {
    return place_.host;
}

coro::awaitable<command_result> remote::ask(step step) {
    command_result result;
    co_await run_command(place_, step, nullptr, listener_into(place_, result));
    require_answer(place_.result());
    co_return as_result(place_.result(), std::move(result));
}

coro::awaitable<command_result> remote::run(step step) {
    auto result = co_await ask(std::move(step));
    if (place_.result().state != final_state::ok) throw_end(place_.result());
    co_return result;
}

coro::awaitable<command_result> remote::run(script_step script) {
    command_result result;
    co_await run_script(place_, script, listener_into(place_, result));
    require_answer(place_.result());
    if (place_.result().state != final_state::ok) throw_end(place_.result());
    co_return as_result(place_.result(), std::move(result));
}

namespace {

coro::awaitable<void> run_and_tell_end(host_place const& place, step const& step, dialogue::state& course,
                                       prelude::listener hear) {
    std::exception_ptr error;
    try {
        co_await run_command(place, step, nullptr, std::move(hear), &course.room);
    } catch (...) {
        error = std::current_exception();
    }
    course.end();
    if (error) std::rethrow_exception(error);
}

coro::awaitable<void> speak(std::function<coro::awaitable<void>(dialogue&)> const& body, dialogue& with) {
    co_await body(with);
    with.close();
}

/// The one error of two that ended each other.
[[noreturn]] void rethrow_first(coro::exception_group const& group) {
    std::rethrow_exception(group.exceptions().front());
}

}  // namespace

coro::awaitable<command_result> remote::talk_with(step step, talk_body body) {
    dialogue::state course(co_await asio::this_coro::executor);
    dialogue with(course);
    command_result result;
    step.input = course.input;
    prelude::listener const hear = [&](output_piece const& piece, bool) {
        if (piece.from == stream::out) return course.hear(piece.bytes);
        keep(result.err, piece.bytes, result.truncated);
    };
    try {
        co_await coro::wait_all(run_and_tell_end(place_, step, course, hear), speak(body, with));
    } catch (coro::exception_group const& group) {
        rethrow_first(group);
    }
    require_answer(place_.result());
    co_return as_result(place_.result(), std::move(result));
}

coro::awaitable<push_outcome> remote::push(push_step push) {
    auto const done = co_await muster::push(place_, push);
    ++(done == push_outcome::same ? place_.result().same : place_.result().changed);
    co_return done;
}

coro::awaitable<void> remote::pull(pull_step pull) {
    co_await muster::pull(place_, pull);
}

coro::awaitable<void> remote::check(check_step check) {
    co_await muster::check(place_, check);
}

job job_of(job_body::function body) {
    job made(std::vector<job_step>{});
    made.body = std::make_shared<job_body const>(std::move(body));
    return made;
}

}  // namespace muster
