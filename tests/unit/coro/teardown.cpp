// SPDX-License-Identifier: MIT
// An execution context that dies with suspended tasks: nothing leaks, and children go before their parents.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::forever;

namespace {

// Says its name when its coroutine is destroyed.
struct witness {
    witness(std::vector<std::string>& log, std::string name) : log(log), name(std::move(name)) {}
    ~witness() { log.push_back(name); }
    std::vector<std::string>& log;
    std::string name;
};

using log = std::vector<std::string>;

coro::awaitable<void> leaf(log& l, std::string name) {
    witness const w(l, name);
    co_await forever();
}

coro::awaitable<void> branch(log& l, std::string name, std::size_t leaves) {
    witness const w(l, name);
    co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (std::size_t i = 0; i < leaves; ++i) n.start(leaf(l, name + std::to_string(i)));
        co_return;
    });
}

std::size_t place(log const& l, std::string const& name) {
    for (std::size_t i = 0; i < l.size(); ++i)
        if (l[i] == name) return i;
    return l.size();
}

void ignore(std::exception_ptr) {}

}  // namespace

TEST_CASE("teardown: children are destroyed before their parents", "[teardown]") {
    log l;
    {
        asio::io_context context;
        auto root = [](log& l) -> coro::awaitable<void> {
            witness const w(l, "root");
            co_await coro::wait_all(branch(l, "a", 3), branch(l, "b", 2));
        };
        asio::co_spawn(context, root(l), ignore);
        context.poll();
        CHECK(l.empty());
        CHECK(coro::running_tasks(context) > 0);
    }
    CHECK(l.size() == 8);
    for (auto const* child : {"a0", "a1", "a2"}) CHECK(place(l, child) < place(l, "a"));
    for (auto const* child : {"b0", "b1"}) CHECK(place(l, child) < place(l, "b"));
    CHECK(l.back() == "root");
}

TEST_CASE("teardown: children in operations of Asio, whose services are older or younger than the layer's",
          "[teardown]") {
    log l;
    {
        asio::io_context context;
        auto on_timer = [](log& l) -> coro::awaitable<void> {
            witness const w(l, "child on a timer");
            auto const ex = co_await coro::this_coro::executor;
            asio::steady_timer timer(ex, 1h);
            co_await timer.async_wait(asio::use_awaitable);
        };
        auto on_accept = [](log& l) -> coro::awaitable<void> {
            witness const w(l, "child on a socket");
            auto const ex = co_await coro::this_coro::executor;
            asio::ip::tcp::endpoint const any(asio::ip::address_v4::loopback(), 0);
            asio::ip::tcp::acceptor acceptor(ex, any);
            auto peer = co_await acceptor.async_accept(asio::use_awaitable);
        };
        auto root = [&](log& l) -> coro::awaitable<void> {
            witness const w(l, "root");
            co_await coro::wait_all(on_timer(l), on_accept(l), coro::shield(on_timer(l)));
        };
        SECTION("older") {
            asio::steady_timer const older(context);
        }
        SECTION("younger") {}
        asio::co_spawn(context, root(l), ignore);
        context.poll();
    }
    CHECK(l.size() == 4);
    CHECK(l.back() == "root");
}

TEST_CASE("teardown: a tree of everything, on an io_context and on a strand", "[teardown]") {
    log l;
    auto root = [](log& l) -> coro::awaitable<void> {
        witness const w(l, "root");
        auto const ex = co_await coro::this_coro::executor;
        coro::queue<int> q(ex, 1);
        coro::semaphore s(0);
        coro::deadline limit(ex, 1h);
        auto getter = [](coro::queue<int>& q) -> coro::awaitable<void> { auto const i = co_await q.get(); };
        // Its item goes back to the queue of the parent when the child is destroyed.
        auto holder = [](coro::queue<int>& q) -> coro::awaitable<void> {
            co_await q.put(1);
            auto const item = co_await q.get();
            co_await forever();
        };
        auto acquirer = [](coro::semaphore& s) -> coro::awaitable<void> { auto const p = co_await s.acquire(); };
        co_await coro::wait_all(holder(q), getter(q), q.join(), acquirer(s), coro::with_deadline(limit, forever()),
                                coro::with_timeout(1h, coro::wait_any(forever(), leaf(l, "leaf"))),
                                coro::finally(forever(), forever()), coro::shield(coro::sleep_for(1h)),
                                coro::run_as_daemon(forever(), forever()));
    };
    {
        asio::io_context context;
        SECTION("io_context") {
            asio::co_spawn(context, root(l), ignore);
        }
        SECTION("strand") {
            asio::co_spawn(asio::make_strand(context), root(l), ignore);
        }
        context.poll();
        CHECK(l.empty());
    }
    CHECK(l == log{"leaf", "root"});
}

TEST_CASE("teardown: handles that outlive the context see cancelled tasks", "[teardown]") {
    log l;
    std::optional<coro::task<>> inner, unstarted;
    {
        asio::io_context context;
        auto root = [&]() -> coro::awaitable<void> {
            co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                inner = n.start(leaf(l, "inner"));
                unstarted.emplace(leaf(l, "unstarted"));
                co_return;
            });
        };
        asio::co_spawn(asio::make_strand(context), root(), ignore);
        context.poll();
    }
    CHECK(inner->cancelled());
    CHECK_FALSE(unstarted->done());
}

TEST_CASE("teardown: before the first step", "[teardown]") {
    log l;
    {
        asio::io_context context;
        asio::co_spawn(context, branch(l, "never", 1), ignore);
    }
    CHECK(l.empty());
}

TEST_CASE("teardown: woken but not resumed", "[teardown]") {
    log l;
    {
        asio::io_context context;
        coro::event e;
        auto root = [](log& l, coro::event& e) -> coro::awaitable<void> {
            witness const w(l, "root");
            auto waiter = [](log& l, coro::event& e) -> coro::awaitable<void> {
                witness const w(l, "child");
                co_await e.wait();
            };
            co_await coro::wait_all(waiter(l, e), forever());
        };
        asio::co_spawn(context, root(l, e), ignore);
        context.poll();
        e.set();
    }
    CHECK(l == log{"child", "root"});
}

TEST_CASE("teardown: what is waited for dies before those who wait", "[teardown]") {
    log l;
    {
        asio::io_context context;
        coro::task<> waits(forever());
        auto root = [](log& l, coro::task<> waits) -> coro::awaitable<void> {
            witness const w(l, "root");
            co_await coro::wait_all(waits, forever());
        };
        {
            coro::event e;
            coro::queue<int> q(context.get_executor());
            auto waiter = [](coro::event& e, coro::queue<int>& q) -> coro::awaitable<void> {
                auto getter = [](coro::queue<int>& q) -> coro::awaitable<void> { auto const i = co_await q.get(); };
                co_await coro::wait_all(e.wait(), getter(q), q.join());
            };
            waits = coro::task<>(waiter(e, q));
            asio::co_spawn(context, root(l, waits), ignore);
            context.poll();
        }
        SECTION("then they are cancelled") {
            waits.cancel();
            context.poll();
            CHECK(waits.cancelled());
        }
        SECTION("then the context dies") {}
    }
    CHECK(l == log{"root"});
}
