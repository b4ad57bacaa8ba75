// SPDX-License-Identifier: MIT
// The caller's code in a job: what it throws, and what it does not read, is the end of its own host and of no other.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>

#include <muster/coro/coro.hpp>
#include <muster/coro/detail/mistake.hpp>
#include <muster/remote.hpp>

#include "fleet.hpp"

using namespace engine_test;

namespace {

/// h1 runs the body, the others a command.
class fleet_with : public fleet {
  public:
    explicit fleet_with(std::function<coro::awaitable<void>(muster::remote&)> own) : fleet(3) {
        work = muster::job_of([own = std::move(own)](muster::remote& host) -> coro::awaitable<void> {
            if (host.index() == 1) {
                co_await own(host);
            } else {
                co_await host.run(muster::step("true"));
            }
        });
    }
};

std::string cause_of(host_result const& host) {
    return host.cause ? coro::describe(host.cause) : "none";
}

/// The others have run; h1 has ended with this.
void check_only_one_failed(report const& results, std::string const& message) {
    CHECK(results.cause == stop_cause::none);
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(results.hosts[1].state == final_state::failed);
    CHECK(results.hosts[1].stage == stage::command);
    CHECK(error_message(results.hosts[1]) == message);
    CHECK(outcome(results.hosts[2]) == "ok/ended");
}

coro::awaitable<void> throw_out_of_range(muster::remote& host) {
    co_await host.run(muster::step("true"));
    throw std::out_of_range("no such column");
}

/// `body` swallows what its calls throw and goes on; returns how the program ends, or the host.
coro::awaitable<void> swallow_errors(muster::remote& host) {
    for (;;) try {
            co_await host.ask(muster::step("true"));
        } catch (std::exception const&) {
        }
}
coro::awaitable<void> swallow_all(muster::remote& host) {
    for (;;) try {
            co_await host.ask(muster::step("true"));
        } catch (...) {
        }
}

class without_debugging {
  public:
    without_debugging() : before_(coro::detail::is_debugging()) { coro::detail::set_debugging(false); }
    ~without_debugging() { coro::detail::set_debugging(before_); }
    without_debugging(without_debugging const&) = delete;
    without_debugging& operator=(without_debugging const&) = delete;

  private:
    bool before_;
};

bool aborts(std::function<void()> const& act) {
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(60);
        std::signal(SIGABRT, SIG_DFL);  // Catch2 reports it otherwise
        coro::detail::on_mistake([](std::string const&) {});
        act();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("own code: an exception of a job's coroutine fails its host, which keeps the cause") {
    fleet_with all(throw_out_of_range);
    auto const results = all.run();
    check_only_one_failed(results, "no such column");
    CHECK(cause_of(results.hosts[1]) == "no such column");
    CHECK_THROWS_AS(std::rethrow_exception(results.hosts[1].cause), std::out_of_range);
    CHECK(results.hosts[1].command == command_fate::ended);
    CHECK(cause_of(results.hosts[0]) == "none");
}

TEST_CASE("own code: the halt policy acts on it as on any failure") {
    fleet_with all(throw_out_of_range);
    all[0].runs = all[2].runs = 10s;
    all.halt(muster::halt_when::now);
    auto const results = all.run();
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.culprit == 1U);
    CHECK(results.hosts[0].state == final_state::stopped);
}

TEST_CASE("own code: what is no std::exception, a group, and a limit of its own") {
    fleet_with thrown([](muster::remote&) -> coro::awaitable<void> {
        throw 1;
        co_return;
    });
    check_only_one_failed(thrown.run(), "exception of type int");
    fleet_with group([](muster::remote&) -> coro::awaitable<void> {
        auto fails = []() -> coro::awaitable<void> {
            throw std::runtime_error("one");
            co_return;
        };
        co_await coro::wait_all(fails);
    });
    check_only_one_failed(group.run(), "[1 error: one]");
    fleet_with late([](muster::remote& host) -> coro::awaitable<void> {
        co_await coro::with_timeout(1s, host.run(muster::step("sleep 100")));
    });
    late[1].runs = forever_long;
    auto const results = late.run();
    CHECK(results.hosts[1].state == final_state::timed_out);
    CHECK(error_message(results.hosts[1]) == "a time limit of the job's own has passed");
    CHECK(results.cause == stop_cause::none);
}

TEST_CASE("own code: what the engine throws into it stays what it is, also out of a group") {
    fleet_with all([](muster::remote& host) -> coro::awaitable<void> {
        auto beside = []() -> coro::awaitable<void> { co_await coro::sleep_for(1h); };
        co_await coro::wait_all(host.run(muster::step("false")), beside);
    });
    all[1].status = 7;
    auto const results = all.run();
    check_only_one_failed(results, "exit status 7");
    CHECK(results.hosts[1].status == 7U);
    fleet_with limited(
        [](muster::remote& host) -> coro::awaitable<void> { co_await host.run(muster::step("sleep 100")); });
    limited.how.command_timeout = 1s;
    limited[1].runs = forever_long;
    auto const passed = limited.run();
    CHECK(passed.hosts[1].state == final_state::timed_out);
    CHECK(error_message(passed.hosts[1]) == "timed out after 1 s");
}

TEST_CASE("own code: functions of a step fail their host") {
    fleet all(3);
    muster::step step("true");
    SECTION("the command of a host") {
        step.command_for = [](std::size_t host) -> std::string {
            if (host == 1) throw std::runtime_error("no name for it");
            return "true";
        };
        all.work = muster::job(std::vector<muster::step>{step});
        check_only_one_failed(all.run(), "no name for it");
        CHECK(all.story(1) == "connect drop");
    }
    SECTION("the input of a host") {
        step.input_for = [](std::string const&) -> std::shared_ptr<muster::command_input> {
            throw std::runtime_error("no file for it");
        };
        all.work = muster::job(std::vector<muster::step>{step});
        auto const results = all.run();
        CHECK(error_message(results.hosts[1]) == "input: no file for it");
        CHECK(cause_of(results.hosts[1]) == "no file for it");
    }
    SECTION("an input that is null is none") {
        step.input_for = [](std::string const&) { return nullptr; };
        all.work = muster::job(std::vector<muster::step>{step});
        CHECK(all.run().ok());
    }
    SECTION("what is to be pushed") {
        muster::push_step push;
        push.to = "file";
        SECTION("an exception of any kind") {
            push.source = [](std::string const&) -> std::shared_ptr<muster::pushed_content const> {
                throw std::runtime_error("no file for it");
            };
            all.work = muster::job(std::vector<muster::job_step>{push});
            CHECK(error_message(all.run().hosts[1]) == "no file for it");
        }
        SECTION("nothing") {
            push.source = [](std::string const&) { return nullptr; };
            all.work = muster::job(std::vector<muster::job_step>{push});
            CHECK(error_message(all.run().hosts[1]) == "there is nothing to push for this host");
        }
    }
}

TEST_CASE("own code: the rest of what a command prints is dropped when nobody talks with it any more") {
    std::optional<std::string> first;
    fleet_with all([&first](muster::remote& host) -> coro::awaitable<void> {
        auto const body = [&first](muster::dialogue& with) -> coro::awaitable<void> { first = co_await with.line(); };
        auto const end = co_await host.talk(muster::step("seq 1000000"), body);
        CHECK(end.ok());
    });
    for (int i = 0; i < 20; ++i) all[1].output.push_back({1ms, muster::stream::out, "1\n" + std::string(100'000, 'x')});
    all[1].runs = 1s;
    CHECK(all.run().ok());
    CHECK(first == "1");
}

TEST_CASE("own code: lines that a host has printed at once are not all read in one turn of the loop") {
    int lines = 0;
    int in_turn = 0;
    int most = 0;
    fleet_with all([&](muster::remote& host) -> coro::awaitable<void> {
        auto const body = [&](muster::dialogue& with) -> coro::awaitable<void> {
            auto const loop = co_await asio::this_coro::executor;
            for (auto line = co_await with.line(); line; line = co_await with.line()) {
                if (in_turn++ == 0) asio::post(loop, [&in_turn] { in_turn = 0; });
                most = std::max(most, in_turn);
                CHECK(*line == (++lines <= 5000 ? "" : "an end"));
            }
        };
        co_await host.talk(muster::step("cat"), body);
    });
    all[1].output.push_back({1ms, muster::stream::out, std::string(5000, '\n')});
    for (auto const* piece : {"an ", "e", "nd\nan", " end"}) all[1].output.push_back({1ms, muster::stream::out, piece});
    CHECK(all.run().ok());
    CHECK(lines == 5002);
    CHECK(most <= 200);
}

TEST_CASE("own code: an exception of what talks with a command stops the command and fails the host") {
    fleet_with all([](muster::remote& host) -> coro::awaitable<void> {
        auto const body = [](muster::dialogue& with) -> coro::awaitable<void> {
            co_await with.line();
            throw std::runtime_error("not what was expected");
        };
        co_await host.talk(muster::step("cat"), body);
    });
    all[1].output.push_back({1ms, muster::stream::out, "1\n"});
    all[1].runs = forever_long;
    check_only_one_failed(all.run(), "not what was expected");
    CHECK(all.story(1) == "connect exec TERM drop");
}

TEST_CASE("own code: a coroutine that swallows its cancellation is ended, and its host is stopped") {
    without_debugging const off;
    fleet_with all(swallow_errors);
    all[1].runs = forever_long;
    auto const results = all.run_and_cancel(1s);
    CHECK(results.cause == stop_cause::cancelled);
    CHECK(results.hosts[1].state == final_state::stopped);
    fleet_with limited([](muster::remote& host) -> coro::awaitable<void> {
        co_await coro::with_timeout(1s, swallow_errors, std::ref(host));
    });
    limited[1].runs = 10ms;
    check_only_one_failed(limited.run(), "the job's coroutine went on after its cancellation");
}

TEST_CASE("own code: while debugging a swallowed cancellation aborts with the rule, whatever the catch block takes") {
    for (auto const body : {swallow_errors, swallow_all})
        CHECK(aborts([body] {
            coro::detail::set_debugging(true);
            fleet_with all(body);
            all[1].runs = forever_long;
            all.run_and_cancel(1s);
        }));
}

TEST_CASE("own code: what swallows everything aborts with the rule instead of blocking the loop") {
    CHECK(aborts([] {
        without_debugging const off;
        fleet_with all(swallow_all);
        all[1].runs = forever_long;
        all.run_and_cancel(1s);
    }));
}

TEST_CASE("own code: a job without a coroutine is refused") {
    CHECK_THROWS_AS(muster::job_of({}), std::invalid_argument);
}

TEST_CASE("own code: a text with a NUL byte is sent to no host") {
    std::string const cut("true\0false", 10);
    fleet_with all([&cut](muster::remote& host) -> coro::awaitable<void> { co_await host.run(cut); });
    check_only_one_failed(all.run(), "the command holds a NUL byte");
    CHECK(all.story(1) == "connect drop");
    fleet other(3);
    muster::step step("true");
    step.command_for = [&cut](std::size_t host) { return host == 1 ? cut : std::string("true"); };
    other.work = muster::job(std::vector<muster::step>{step});
    check_only_one_failed(other.run(), "the command holds a NUL byte");
}

TEST_CASE("own code: a host can't begin behind the end of its job") {
    fleet all(1);
    all.work.begins_at = [](std::size_t) -> std::size_t { return 17; };
    try {
        all.run();
        FAIL("no error");
    } catch (muster::run_error const& error) {
        CHECK(std::string(error.what()) == "1 error: h0: begins_at names the step with index 17, of a job with 1");
        CHECK(outcome(error.results().hosts[0]) == "not_started/not_sent");
    }
    CHECK(all.hosts.count("exec") == 0);
}
