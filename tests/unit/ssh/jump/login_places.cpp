// SPDX-License-Identifier: MIT
// How many hosts behind a jump host log in at once, as logins succeed and as servers turn them away.
#include "ssh/jump/login_places.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include <muster/coro/timeout.hpp>

#include "support/virtual_loop.hpp"

using muster::ssh::login_places;
using namespace std::chrono_literals;
namespace coro = muster::coro;

namespace {

using places_in_use = std::vector<login_places::place>;

/// Takes places until there is none; how many are in use then.
asio::awaitable<std::size_t> fill(login_places& places, places_in_use& used) {
    for (;;) {
        auto got = co_await coro::move_on_after(1s, places.acquire());
        if (!got) co_return used.size();
        used.push_back(std::move(*got));
    }
}

/// The first `count` hosts have logged in.
void succeed(places_in_use& used, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) used[i].succeeded();
    std::vector<login_places::place> rest;
    for (std::size_t i = count; i < used.size(); ++i) rest.push_back(std::move(used[i]));
    used.swap(rest);
}

}  // namespace

TEST_CASE("each login that succeeds makes a place, up to the most") {
    support::run_virtual([]() -> asio::awaitable<void> {
        login_places places;
        places_in_use used;
        for (std::size_t expected = 8; expected < login_places::most; expected *= 2) {
            CHECK(co_await fill(places, used) == expected);
            succeed(used, expected);
        }
        CHECK(co_await fill(places, used) == login_places::most);
        succeed(used, 1);
        CHECK(co_await fill(places, used) == login_places::most);
    }());
}

TEST_CASE("a server that turns one away leaves the fewest places, until another run begins") {
    support::run_virtual([]() -> asio::awaitable<void> {
        login_places places;
        places_in_use used;
        co_await fill(places, used);
        succeed(used, 8);
        CHECK(co_await fill(places, used) == 16);
        used.back().turned_away();
        while (used.size() > 9) used.pop_back();
        CHECK(co_await fill(places, used) == 9);
        used.clear();
        CHECK(co_await fill(places, used) == 8);
        succeed(used, 8);
        CHECK(co_await fill(places, used) == 8);
        places.begin_anew();
        succeed(used, 8);
        CHECK(co_await fill(places, used) == 16);
    }());
}
