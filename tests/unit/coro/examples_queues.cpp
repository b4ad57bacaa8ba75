// SPDX-License-Identifier: MIT
// The second half of the examples in packaging/structured-concurrency.md; page.cpp checks that page and code are equal.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/coro.hpp>

#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace coro = muster::coro;
using coro::awaitable;
using namespace std::chrono_literals;

// [worker-pool]
awaitable<void> worker(coro::queue<int>& jobs, int& sum) {
    for (;;) {
        auto job = co_await jobs.get();  // finished when `job` is destroyed, even by an exception
        co_await coro::sleep_for(1s);
        if (*job < 0) throw std::invalid_argument("a negative job");
        sum += *job;
    }
}

awaitable<int> work_off(std::vector<int> all, int workers) {
    auto const ex = co_await coro::this_coro::executor;
    coro::queue<int> jobs(ex);
    int sum = 0;
    co_await coro::open_nursery([&](coro::nursery& pool) -> awaitable<void> {
        for (int i = 0; i < workers; ++i) pool.start(worker(jobs, sum), coro::daemon);
        for (int job : all) co_await jobs.put(job);
        co_await jobs.join();
    });
    co_return sum;
}
// [end]

// [pipeline]
awaitable<void> parse(coro::queue<std::string>& texts, coro::queue<int>& numbers) {
    for (;;) {
        auto text = co_await texts.get();
        co_await numbers.put(std::stoi(*text));
    }
}

awaitable<void> add(coro::queue<int>& numbers, int& sum) {
    for (;;) {
        auto number = co_await numbers.get();
        sum += *number;
    }
}

awaitable<int> pipeline(std::vector<std::string> input) {
    auto const ex = co_await coro::this_coro::executor;
    coro::queue<std::string> texts(ex, 10);  // full: the stage before waits
    coro::queue<int> numbers(ex, 10);
    int sum = 0;
    co_await coro::open_nursery([&](coro::nursery& stages) -> awaitable<void> {
        stages.start(parse(texts, numbers), coro::daemon);
        stages.start(add(numbers, sum), coro::daemon);
        for (auto const& text : input) co_await texts.put(text);
        co_await texts.join();
        co_await numbers.join();
    });
    co_return sum;
}
// [end]

// A library with callbacks, for the next example: it calls back from a thread of its own.
struct old_library {
    void look_up(int key, std::function<void(int)> callback) {
        thread.emplace([key, callback = std::move(callback)] { callback(key * 2); });
    }
    std::optional<std::jthread> thread;
};

// [callback]
awaitable<int> look_up(old_library& library, int key) {
    auto initiate = [&library, key](auto handler) {
        auto const ex = asio::get_associated_executor(handler);
        auto const shared = std::make_shared<decltype(handler)>(std::move(handler));
        library.look_up(key, [ex, shared](int value) {
            asio::post(ex, [shared, value] { std::move (*shared)(value); });  // back on the loop
        });
    };
    return asio::async_initiate<asio::use_awaitable_t<> const&, void(int)>(initiate, asio::use_awaitable);
}
// [end]

// [to-thread]
awaitable<std::size_t> count_words(asio::thread_pool& pool, std::string text) {
    auto count = [text = std::move(text)](std::stop_token stop) {
        std::size_t words = 0;
        for (std::size_t i = 0; i < text.size() && !stop.stop_requested(); ++i)
            words += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
        return words;
    };
    co_return co_await coro::to_thread(pool, count);
}
// [end]

// [limit]
awaitable<void> download(coro::semaphore& places, int& done) {
    auto const place = co_await places.acquire();  // given back at the end of the block
    co_await coro::sleep_for(1s);
    ++done;
}
// [end]

}  // namespace

TEST_CASE("page: a worker pool whose workers may die") {
    support::virtual_loop loop;
    std::vector<int> const good{1, 2, 3, 4};
    CHECK(loop.run(work_off(good, 2)) == 10);
    CHECK(loop.elapsed() == 2s);
    std::vector<int> const bad{1, -1, 3, 4};
    CHECK_THROWS_AS(loop.run(work_off(bad, 2)), coro::exception_group);
}

TEST_CASE("page: a two-stage pipeline of queues") {
    support::virtual_loop loop;
    std::vector<std::string> input;
    for (int i = 1; i <= 100; ++i) input.push_back(std::to_string(i));
    CHECK(loop.run(pipeline(input)) == 5050);
}

TEST_CASE("page: a callback API awaited") {
    old_library library;
    CHECK(coro::run(look_up(library, 21)) == 42);
}

TEST_CASE("page: a blocking call on another thread") {
    asio::thread_pool pool(1);
    CHECK(coro::run(count_words(pool, "one two  three")) == 3);
}

TEST_CASE("page: a limit on what runs at once") {
    support::virtual_loop loop;
    coro::semaphore places(2);
    int done = 0;
    std::vector<awaitable<void>> all;
    all.reserve(5);
    for (int i = 0; i < 5; ++i) all.push_back(download(places, done));
    loop.run(coro::wait_all(std::move(all)));
    CHECK(done == 5);
    CHECK(loop.elapsed() == 3s);
}
