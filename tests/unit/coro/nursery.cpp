// SPDX-License-Identifier: MIT
// The nursery's life and its errors.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>

#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::errors_of;
using support::fail_after;
using support::forever;

TEST_CASE("nursery: no children", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([](coro::nursery& n) -> coro::awaitable<void> {
        CHECK(n.size() == 0);
        CHECK_FALSE(n.cancelled());
        co_return;
    }));
    CHECK(loop.elapsed() == 0s);
}

TEST_CASE("nursery: it ends after its children, the body returned first", "[nursery]") {
    support::virtual_loop loop;
    coro::task<int> slow(after(1s, 1)), slower(after(3s, 2));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(slow);
        n.start(slower);
        CHECK(n.size() == 2);
        co_return;
    }));
    CHECK(slow.result() == 1);
    CHECK(slower.result() == 2);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("nursery: a child throws before its first suspension", "[nursery]") {
    support::virtual_loop loop;
    bool went_on = false;
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      auto const t = n.start(fail_after(0s, "early"));
                                      CHECK(t.failed());
                                      CHECK(n.cancelled());
                                      co_await coro::sleep_for(0s);
                                      went_on = true;
                                  }));
    CHECK(errors == std::vector<std::string>{"early"});
    CHECK_FALSE(went_on);
}

TEST_CASE("nursery: a child completes inside start", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const plain = n.start(after(0s, 1));
        CHECK(plain.finished());
        auto dispatched = []() -> coro::awaitable<int> {
            co_await asio::dispatch(asio::use_awaitable);
            co_return 2;
        };
        auto const t = n.start(dispatched());
        CHECK(t.result() == 2);
        CHECK(n.size() == 0);
        co_return;
    }));
}

TEST_CASE("nursery: simultaneous failures are all in the group", "[nursery]") {
    support::virtual_loop loop;
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      n.start(fail_after(1s, "a"));
                                      n.start(fail_after(1s, "b"));
                                      n.start(fail_after(1s, "c"));
                                      co_return;
                                  }));
    // The first one's cancellation comes after the others were woken: they throw their own errors.
    CHECK(errors == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("nursery: a group even for one error", "[nursery]") {
    support::virtual_loop loop;
    auto work = coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(fail_after(1s, "one"));
        co_return;
    });
    try {
        loop.run(std::move(work));
        FAIL("no exception");
    } catch (coro::exception_group const& group) {
        CHECK(group.exceptions().size() == 1);
        CHECK(std::string(group.what()) == "1 error: one");
    }
}

TEST_CASE("nursery: a failure raised while being cancelled", "[nursery]") {
    support::virtual_loop loop;
    auto sore_loser = []() -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
            throw std::runtime_error("second");
        }
    };
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      n.start(sore_loser());
                                      n.start(fail_after(1s, "first"));
                                      co_return;
                                  }));
    CHECK(errors == std::vector<std::string>{"first", "second"});
}

TEST_CASE("nursery: the body throws", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> child(forever());
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      n.start(child);
                                      co_await coro::sleep_for(1s);
                                      throw std::runtime_error("body");
                                  }));
    CHECK(errors == std::vector<std::string>{"body"});
    CHECK(child.cancelled());
}

TEST_CASE("nursery: the body throws under keep_going, which cancels the children", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> child(forever());
    auto const errors = errors_of(loop, coro::open_nursery(
                                            [&](coro::nursery& n) -> coro::awaitable<void> {
                                                n.start(child);
                                                co_await coro::sleep_for(1s);
                                                throw std::runtime_error("body");
                                            },
                                            coro::on_error::keep_going));
    CHECK(errors == std::vector<std::string>{"body"});
    CHECK(child.cancelled());
}

TEST_CASE("nursery: a body that is no coroutine and throws when called", "[nursery]") {
    support::virtual_loop loop;
    auto const errors = errors_of(loop, coro::open_nursery([](coro::nursery& n) -> coro::awaitable<void> {
                                      n.start(forever());
                                      throw std::runtime_error("no coroutine");
                                  }));
    CHECK(errors == std::vector<std::string>{"no coroutine"});
}

TEST_CASE("nursery: started from a grandchild", "[nursery]") {
    support::virtual_loop loop;
    coro::task<int> late(after(2s, 5));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto child = [](coro::nursery& outer, coro::task<int> late) -> coro::awaitable<void> {
            co_await coro::open_nursery([&](coro::nursery& inner) -> coro::awaitable<void> {
                auto grandchild = [](coro::nursery& outer, coro::task<int> late) -> coro::awaitable<void> {
                    co_await coro::sleep_for(1s);
                    outer.start(late);
                };
                inner.start(grandchild(outer, late));
                co_return;
            });
        };
        n.start(child(n, late));
        co_return;
    }));
    CHECK(late.result() == 5);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("nursery: start after cancel gives a cancelled task that never ran", "[nursery]") {
    support::virtual_loop loop;
    bool ran = false;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.cancel();
        auto work = [](bool& ran) -> coro::awaitable<void> {
            ran = true;
            co_return;
        };
        auto const t = n.start(work(ran));
        CHECK(t.cancelled());
        CHECK(n.size() == 0);
        co_return;
    }));
    CHECK_FALSE(ran);
}

TEST_CASE("nursery: start after close throws", "[nursery]") {
    // The last child's end closes it; a call posted by that child runs before the opener, which still holds the
    // nursery.
    support::virtual_loop loop;
    bool refused = false;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto last = [](coro::nursery& n, bool& refused) -> coro::awaitable<void> {
            co_await coro::sleep_for(0s);
            asio::post(n.get_executor(), [&] {
                try {
                    n.start(forever());
                } catch (coro::invalid_state const&) {
                    refused = true;
                }
            });
        };
        n.start(last(n, refused));
        co_return;
    }));
    CHECK(refused);
}

TEST_CASE("nursery: a task is started once", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const t = n.start(after(1s, 1));
        CHECK_THROWS_AS(n.start(t), coro::invalid_state);
        co_await t.join();
        CHECK_THROWS_AS(n.start(t), coro::invalid_state);
    }));
}

TEST_CASE("nursery: keep_going cancels nobody and throws what nobody has read", "[nursery]") {
    support::virtual_loop loop;
    coro::task<int> good(after(5s, 1));
    coro::task<> read(fail_after(1s, "read")), unread(fail_after(2s, "unread"));
    auto const errors = errors_of(loop, coro::open_nursery(
                                            [&](coro::nursery& n) -> coro::awaitable<void> {
                                                n.start(good);
                                                n.start(read);
                                                n.start(unread);
                                                co_await read.join();
                                                CHECK(read.exception() != nullptr);
                                            },
                                            coro::on_error::keep_going));
    CHECK(errors == std::vector<std::string>{"unread"});
    CHECK(good.result() == 1);
}

TEST_CASE("nursery: keep_going throws nothing when result() has shown every error", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            auto const t = n.start(fail_after(1s, "x"));
            co_await t.join();
            CHECK_THROWS_AS(t.result(), std::runtime_error);
        },
        coro::on_error::keep_going));
}

TEST_CASE("nursery: an operation_aborted that nobody asked for is a failure", "[nursery]") {
    support::virtual_loop loop;
    auto closed_by_others = []() -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        throw asio::system_error(asio::error::operation_aborted, "read");
    };
    coro::task<> child(closed_by_others());
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      n.start(child);
                                      co_return;
                                  }));
    CHECK(errors.size() == 1);
    CHECK(child.failed());
    CHECK_FALSE(child.cancelled());
}

TEST_CASE("nursery: a long-lived one keeps no finished children", "[nursery]") {
    support::virtual_loop loop;
    auto holder = [](std::shared_ptr<int> held) -> coro::awaitable<std::shared_ptr<int>> { co_return held; };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const held = std::make_shared<int>(1);
        for (int i = 0; i < 100; ++i) n.start(holder(held));
        co_await coro::sleep_for(0s);
        CHECK(n.size() == 0);
        CHECK(held.use_count() == 1);
    }));
}

TEST_CASE("nursery: the virtual loop reports who waits for what", "[virtual_loop]") {
    support::virtual_loop loop;
    std::string text;
    try {
        loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(forever(), {}, "sleeper");
            co_return;
        }));
    } catch (support::nothing_left_to_run const& report) {
        text = report.what();
    }
    CHECK(text.find("'sleeper' waits in event::wait") != std::string::npos);
    CHECK(text.find("a join for 1 children") != std::string::npos);
    CHECK(coro::running_tasks(loop.context()) == 0);  // the deadlock was broken by cancelling the test
}
