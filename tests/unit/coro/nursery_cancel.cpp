// SPDX-License-Identifier: MIT
// How cancellation goes through nurseries, and what daemons are to them.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/shield.hpp>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::errors_of;
using support::fail_after;
using support::forever;
using support::throws_aborted;

namespace {

// Waits for ever; notes when it ended.
coro::awaitable<void> noted(std::vector<std::string>& notes, std::string name, coro::duration cleanup = 0s) {
    auto clean = [](std::vector<std::string>& notes, std::string name, coro::duration d) -> coro::awaitable<void> {
        if (d > 0s) co_await coro::sleep_for(d);
        notes.push_back(name);
    };
    co_await coro::finally(forever(), clean(notes, name, cleanup));
}

coro::awaitable<void> ignores_cancellation(coro::duration d) {
    co_await coro::this_coro::throw_if_cancelled(false);
    co_await coro::shield(coro::sleep_for(d));
}

}  // namespace

TEST_CASE("cancel: only daemons are left", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> background(forever());
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(background, coro::daemon);
        n.start(after(2s, 0));
        CHECK(n.size() == 2);
        co_return;
    }));
    CHECK(background.cancelled());
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("cancel: nothing but daemons", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(forever(), coro::daemon);
        n.start(forever(), coro::daemon);
        co_return;
    }));
    CHECK(loop.elapsed() == 0s);
}

TEST_CASE("cancel: a daemon's failure counts", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> member(forever());
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      n.start(member);
                                      n.start(fail_after(1s, "daemon"), coro::daemon);
                                      co_return;
                                  }));
    CHECK(errors == std::vector<std::string>{"daemon"});
    CHECK(member.cancelled());
}

TEST_CASE("cancel: a daemon that ends early is nothing special", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(after(1s, 0), coro::daemon);
        n.start(after(2s, 0));
        co_return;
    }));
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("cancel: close_on_finish cancels the rest when it finishes, not when it is cancelled", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> rest(forever()), gone(forever());
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(rest);
        n.start(gone, coro::close_on_finish);
        gone.cancel();
        co_await gone.join();
        co_await coro::sleep_for(1s);
        CHECK_FALSE(n.cancelled());
        n.start(after(1s, 0), coro::close_on_finish | coro::daemon);
        co_await forever();
    }));
    CHECK(rest.cancelled());
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("cancel: twice", "[nursery]") {
    support::virtual_loop loop;
    std::vector<std::string> notes;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(noted(notes, "child", 2s));
        n.cancel();
        n.cancel();
        CHECK(n.cancelled());
        co_return;
    }));
    CHECK(notes == std::vector<std::string>{"child"});
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("cancel: from inside of a child, which is cancelled too", "[nursery]") {
    support::virtual_loop loop;
    bool went_on = false;
    coro::task<> sibling(forever());
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto child = [](coro::nursery& n, bool& went_on) -> coro::awaitable<void> {
            co_await coro::sleep_for(1s);
            n.cancel();
            co_await coro::sleep_for(1s);
            went_on = true;
        };
        n.start(sibling);
        auto const self = n.start(child(n, went_on));
        co_await self.join();
    }));
    CHECK(sibling.cancelled());
    CHECK_FALSE(went_on);
}

TEST_CASE("cancel: by the body, inside of open_nursery's first step", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(forever());
        n.cancel();
        co_await forever();
    }));
    CHECK(loop.elapsed() == 0s);
}

TEST_CASE("cancel: the parent is cancelled already on entry", "[nursery]") {
    support::virtual_loop loop;
    bool entered = false, thrown = false;
    auto parent = [](bool& entered, bool& thrown, std::vector<coro::task<>>& self) -> coro::awaitable<void> {
        co_await coro::sleep_for(0s);
        self[0].cancel();
        try {
            co_await coro::open_nursery([&](coro::nursery&) -> coro::awaitable<void> {
                entered = true;
                co_return;
            });
        } catch (asio::system_error const&) {
            thrown = true;
            throw;
        }
    };
    std::vector<coro::task<>> self;
    self.emplace_back(parent(entered, thrown, self));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(self[0]);
        co_return;
    }));
    CHECK(self[0].cancelled());
    CHECK_FALSE(entered);
    CHECK(thrown);
}

TEST_CASE("cancel: the parent is cancelled by its own body while it opens", "[nursery]") {
    // The emission comes before the opener waits: it must still reach the children.
    support::virtual_loop loop;
    std::vector<coro::task<>> self;
    coro::task<> child(forever());
    auto parent = [](std::vector<coro::task<>>& self, coro::task<> child) -> coro::awaitable<void> {
        co_await coro::sleep_for(0s);
        co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(child);
            self[0].cancel();
            co_return;
        });
    };
    self.emplace_back(parent(self, child));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(self[0]);
        co_return;
    }));
    CHECK(self[0].cancelled());
    CHECK(child.cancelled());
}

TEST_CASE("cancel: it reaches grandchildren and waits for them", "[nursery]") {
    support::virtual_loop loop;
    std::vector<std::string> notes;
    auto parent = [](std::vector<std::string>& notes) -> coro::awaitable<void> {
        co_await coro::open_nursery([&](coro::nursery& outer) -> coro::awaitable<void> {
            auto middle = [](std::vector<std::string>& notes) -> coro::awaitable<void> {
                co_await coro::open_nursery([&](coro::nursery& inner) -> coro::awaitable<void> {
                    inner.start(noted(notes, "grandchild", 3s));
                    co_return;
                });
            };
            outer.start(middle(notes));
            co_return;
        });
    };
    coro::task<> whole(parent(notes));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(whole);
        co_await coro::sleep_for(1s);
        whole.cancel();
        co_await whole.join();
        CHECK(notes == std::vector<std::string>{"grandchild"});
    }));
    CHECK(whole.cancelled());
    CHECK(loop.elapsed() == 4s);
}

TEST_CASE("cancel: a child that ignores it is waited for", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> stubborn(ignores_cancellation(5s));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(stubborn);
        co_await coro::sleep_for(1s);
        n.cancel();
    }));
    CHECK(stubborn.finished());
    CHECK(loop.elapsed() == 5s);
}

TEST_CASE("cancel: with an error as well the group wins, and the next await still aborts", "[nursery]") {
    support::virtual_loop loop;
    bool got_group = false, aborted = false;
    auto parent = [](bool& got_group, bool& aborted) -> coro::awaitable<void> {
        auto dies_badly = []() -> coro::awaitable<void> {
            try {
                co_await forever();
            } catch (asio::system_error const&) {
                throw std::runtime_error("bad");
            }
        };
        try {
            co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                n.start(dies_badly());
                co_return;
            });
        } catch (coro::exception_group const& group) {
            got_group = group.exceptions().size() == 1;
        }
        try {
            co_await coro::sleep_for(1s);
        } catch (asio::system_error const& error) {
            aborted = error.code() == asio::error::operation_aborted;
        }
    };
    coro::task<> whole(parent(got_group, aborted));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(whole);
        whole.cancel();
        co_return;
    }));
    CHECK(got_group);
    CHECK(aborted);
    CHECK(whole.finished());  // it swallowed the cancellation and returned
}

TEST_CASE("cancel: the level stays, each await throws again", "[nursery]") {
    support::virtual_loop loop;
    int thrown = 0;
    auto swallows = [](int& thrown) -> coro::awaitable<void> {
        for (int i = 0; i < 3; ++i) try {
                co_await coro::sleep_for(1s);
            } catch (asio::system_error const&) {
                ++thrown;
            }
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(swallows(thrown));
        n.cancel();
        co_return;
    }));
    CHECK(thrown == 3);
}

TEST_CASE("cancel: a child that ends inside of the cancellation of its siblings", "[nursery]") {
    // Each clean-up cancels a sibling, while the nursery walks through its children.
    support::virtual_loop loop;
    std::vector<coro::task<>> tasks;
    auto chained = [](std::vector<coro::task<>>& tasks, std::size_t next) -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
            if (next < tasks.size()) tasks[next].cancel();
            throw;
        }
    };
    for (std::size_t i = 0; i < 5; ++i) tasks.emplace_back(chained(tasks, (i + 2) % 5));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (auto const& t : tasks) n.start(t);
        co_await coro::sleep_for(1s);
        n.cancel();
    }));
    for (auto const& t : tasks) CHECK(t.cancelled());
}

namespace {

// An operation that its owner completes by hand, even from inside of somebody's cancellation.
struct manual_operation {
    std::function<void()> complete;
    std::function<void()> when_cancelled;

    coro::awaitable<void> wait() {
        auto initiate = [this](auto handler) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            slot.assign([this](asio::cancellation_type_t) {
                if (when_cancelled) when_cancelled();
            });
            auto const held = std::make_shared<decltype(handler)>(std::move(handler));
            complete = [held] { std::move (*held)(); };
        };
        return asio::async_initiate<asio::use_awaitable_t<> const&, void()>(initiate, asio::use_awaitable);
    }
};

}  // namespace

TEST_CASE("cancel: an operation that ends other children inside of the nursery's cancellation", "[nursery]") {
    // Children are cancelled youngest first. Cancelling the youngest ends the next two at once, on the same stack.
    support::virtual_loop loop;
    manual_operation youngest, second, third;
    auto wait = [](manual_operation& op) -> coro::awaitable<void> { co_await op.wait(); };
    coro::task<> oldest(forever());
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(oldest);
        auto const c = n.start(wait(third)), b = n.start(wait(second)), a = n.start(wait(youngest));
        youngest.when_cancelled = [&] {
            std::exchange(second.complete, nullptr)();
            std::exchange(third.complete, nullptr)();
            CHECK(b.finished());
            CHECK(c.finished());
            asio::post(n.get_executor(), std::exchange(youngest.complete, nullptr));
        };
        n.cancel();
        co_await a.join();
    }));
    CHECK(oldest.cancelled());
}

TEST_CASE("cancel: the root of a run", "[nursery]") {
    support::virtual_loop loop;
    CHECK(throws_aborted([&] {
              loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                  n.start(forever());
                  throw asio::system_error(asio::error::operation_aborted);
              }));
          }) == false);  // nobody asked for it: it is an error, in a group
}
