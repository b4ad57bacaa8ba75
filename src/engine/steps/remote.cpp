// SPDX-License-Identifier: MIT
// See muster/remote.hpp. The steps of a job are made of the same.
#include <muster/remote.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/detail/mistake.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/wait.hpp>
#include <muster/input.hpp>

#include "engine/host/host_failure.hpp"
#include "engine/host/host_place.hpp"
#include "engine/steps/check.hpp"
#include "engine/steps/command_step.hpp"
#include "engine/steps/pull.hpp"
#include "engine/steps/push.hpp"

namespace muster {

namespace {

constexpr std::size_t most_kept = std::size_t{16} << 20U;
constexpr std::size_t most_unread = std::size_t{256} * 1024;

/// So many lines in a row are handed on in one turn of the loop: the host chooses how many there are.
constexpr std::size_t most_ready = 100;

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

/// So many calls in a row that were made and never began are a loop that swallows a cancellation: in a task that is
/// cancelled every co_await throws at once.
constexpr std::size_t most_not_begun = 100;

/// Throws instead of letting such a loop go on for ever; what swallows that, too, can only be ended with the program.
void count_call(std::size_t& not_begun) {
    if (++not_begun <= most_not_begun) return;
    if (coro::detail::is_debugging() || not_begun > 2 * most_not_begun)
        coro::detail::die_of_mistake(
            "a job's coroutine swallows the cancellation of its task and calls its host again: rethrow what "
            "is_cancellation() recognises");
    throw cancellation_swallowed();
}

template <class T>
coro::awaitable<T> begun(coro::awaitable<T> call, std::size_t& not_begun) {
    not_begun = 0;
    co_return co_await std::move(call);
}

/// No coroutine: it counts the calls of a task that is cancelled, too, whose co_await begins nothing.
template <class T>
coro::awaitable<T> begin(coro::awaitable<T> call, std::size_t& not_begun) {
    count_call(not_begun);
    return begun(std::move(call), not_begun);
}

}  // namespace

struct dialogue::state {
    explicit state(asio::any_io_executor const& loop)
        : input(command_input::of_writes()), more(loop), room(loop), written(loop) {
        room.set();
        input->on_read(written.setter());
    }

    void hear(std::string_view bytes) {
        if (deaf) return;
        text.erase(0, begin);
        searched -= std::exchange(begin, 0);
        text += bytes;
        if (text.size() > most_unread) room.reset();
        more.set();
    }
    /// Nobody reads on: what is there and what comes is dropped.
    void drop() {
        deaf = true;
        take_all();
    }
    void end() {
        ended = true;
        more.set();
        written.set();
    }
    std::string take(std::size_t size) {
        auto piece = text.substr(begin, size);
        begin += size;
        searched = std::max(searched, begin);
        if (text.size() - begin <= most_unread) room.set();
        return piece;
    }
    std::string take_all() { return take(text.size() - begin); }
    bool is_empty() const { return begin == text.size(); }

    coro::awaitable<std::optional<std::string>> line() {
        if (++ready > most_ready) {
            ready = 0;
            co_await coro::sleep_for({});
        }
        for (;;) {
            auto const end = text.find('\n', searched);
            if (end != std::string::npos) {
                auto whole = take(end + 1 - begin);
                whole.pop_back();
                co_return whole;
            }
            searched = text.size();
            if (ended || !room.is_set()) break;
            more.reset();
            ready = 0;
            co_await more.wait();
        }
        if (is_empty()) co_return std::nullopt;
        co_return take_all();
    }

    coro::awaitable<std::optional<std::string>> some() {
        while (is_empty() && !ended) {
            more.reset();
            co_await more.wait();
        }
        if (is_empty()) co_return std::nullopt;
        co_return take_all();
    }

    coro::awaitable<void> write(std::string_view bytes) {
        if (closed || ended) co_return;
        written.reset();
        input->write(bytes);
        while (!ended && input->unread() > most_unread) {
            co_await written.wait();
            written.reset();
        }
    }

    std::shared_ptr<command_input> input;
    coro::remote_event more;     // output, or the end
    coro::remote_event room;     // for more output
    coro::remote_event written;  // what was written has been read
    std::string text;
    std::size_t begin = 0;     // in the text, of what was not taken
    std::size_t searched = 0;  // so far there is no line end in that
    std::size_t ready = 0;     // lines since the last wait
    bool ended = false;
    bool closed = false;
    bool deaf = false;
    std::size_t not_begun = 0;  // as of remote
};

coro::awaitable<std::optional<std::string>> dialogue::line() {
    return begin(state_.line(), state_.not_begun);
}

coro::awaitable<std::optional<std::string>> dialogue::some() {
    return begin(state_.some(), state_.not_begun);
}

coro::awaitable<void> dialogue::write(std::string_view bytes) {
    return begin(state_.write(bytes), state_.not_begun);
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

namespace {

coro::awaitable<command_result> ask_host(host_place const& place, step step) {
    command_result result;
    co_await run_command(place, step, nullptr, listener_into(place, result));
    require_answer(place.result());
    co_return as_result(place.result(), std::move(result));
}

coro::awaitable<command_result> run_on_host(host_place const& place, step step) {
    auto result = co_await ask_host(place, std::move(step));
    if (place.result().state != final_state::ok) throw_end(place.result());
    co_return result;
}

coro::awaitable<command_result> run_script_on_host(host_place const& place, script_step script) {
    command_result result;
    co_await run_script(place, script, listener_into(place, result));
    require_answer(place.result());
    if (place.result().state != final_state::ok) throw_end(place.result());
    co_return as_result(place.result(), std::move(result));
}

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

coro::awaitable<void> speak(std::function<coro::awaitable<void>(dialogue&)> const& body, dialogue& with,
                            dialogue::state& course) {
    co_await body(with);
    with.close();
    course.drop();
}

/// The one error of two that ended each other.
[[noreturn]] void rethrow_first(coro::exception_group const& group) {
    std::rethrow_exception(group.exceptions().front());
}

coro::awaitable<command_result> talk_with_host(host_place const& place, step step,
                                               std::function<coro::awaitable<void>(dialogue&)> body) {
    dialogue::state course(co_await asio::this_coro::executor);
    dialogue with(course);
    command_result result;
    step.input = course.input;
    prelude::listener const hear = [&](output_piece const& piece, bool) {
        if (piece.from == stream::out) return course.hear(piece.bytes);
        keep(result.err, piece.bytes, result.truncated);
    };
    try {
        co_await coro::wait_all(run_and_tell_end(place, step, course, hear), speak(body, with, course));
    } catch (coro::exception_group const& group) {
        rethrow_first(group);
    }
    require_answer(place.result());
    co_return as_result(place.result(), std::move(result));
}

coro::awaitable<push_outcome> push_to_host(host_place const& place, push_step push) {
    auto const done = co_await muster::push(place, push);
    ++(done == push_outcome::same ? place.result().same : place.result().changed);
    co_return done;
}

coro::awaitable<void> pull_from_host(host_place const& place, pull_step pull) {
    co_await muster::pull(place, pull);
}

coro::awaitable<void> check_host(host_place const& place, check_step check) {
    co_await muster::check(place, check);
}

}  // namespace

coro::awaitable<command_result> remote::ask(step step) {
    return begin(ask_host(place_, std::move(step)), not_begun_);
}

coro::awaitable<command_result> remote::run(step step) {
    return begin(run_on_host(place_, std::move(step)), not_begun_);
}

coro::awaitable<command_result> remote::run(script_step script) {
    return begin(run_script_on_host(place_, std::move(script)), not_begun_);
}

coro::awaitable<command_result> remote::talk_with(step step, talk_body body) {
    return begin(talk_with_host(place_, std::move(step), std::move(body)), not_begun_);
}

coro::awaitable<push_outcome> remote::push(push_step push) {
    return begin(push_to_host(place_, std::move(push)), not_begun_);
}

coro::awaitable<void> remote::pull(pull_step pull) {
    return begin(pull_from_host(place_, std::move(pull)), not_begun_);
}

coro::awaitable<void> remote::check(check_step check) {
    return begin(check_host(place_, std::move(check)), not_begun_);
}

job job_of(job_body::function body) {
    if (!body) throw std::invalid_argument("the job has no coroutine");
    job made(std::vector<job_step>{});
    made.body = std::make_shared<job_body const>(std::move(body));
    return made;
}

}  // namespace muster
