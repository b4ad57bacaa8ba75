// SPDX-License-Identifier: MIT
// Temporaries beside co_await that g++ 12 would destroy twice: each line that ends in "refused" must not compile with
// it.
#include <chrono>
#include <string>
#include <vector>

#include <asio/thread_pool.hpp>

#include <muster/coro/coro.hpp>
#include <muster/remote.hpp>

namespace coro = muster::coro;
using coro::awaitable;
using namespace std::chrono_literals;
using text = std::string;

struct two_texts {
    text first;
    text second;
};

awaitable<void> take(two_texts) {
    co_return;
}
awaitable<void> nothing() {
    co_return;
}
std::vector<awaitable<void>> some() {
    return {};
}

// clang-format off
awaitable<void> everything(coro::nursery& n, asio::thread_pool& pool, muster::remote& host, coro::deadline& limit, text s) {
    auto const call = [](auto) -> awaitable<void> { co_return; };
    co_await coro::open_nursery([s](coro::nursery&) -> awaitable<void> { co_return; });              // refused
    co_await n.start_until_ready<int>([s](coro::ready<int>) -> awaitable<void> { co_return; });      // refused
    co_await n.start_until_ready<int>([](coro::ready<int>, auto) -> awaitable<void> { co_return; }, two_texts{s, s});  // refused
    co_await coro::with_timeout(1s, [s](int) -> awaitable<void> { co_return; }, 5);                  // refused
    co_await coro::with_timeout(1s, call, [s] {});                                                   // refused
    co_await coro::with_timeout(2s, take, two_texts{s, s});                                          // refused
    co_await coro::with_deadline(limit, [s]() -> awaitable<void> { co_return; });                    // refused
    co_await coro::move_on_after(1s, [s](int) -> awaitable<void> { co_return; }, 5);                 // refused
    co_await coro::shield([s](int) -> awaitable<void> { co_return; }, 5);                            // refused
    co_await coro::on_strand([s](int) -> awaitable<void> { co_return; }, 5);                         // refused
    co_await coro::call([s](int) -> awaitable<void> { co_return; }, 5);                              // refused
    co_await coro::wait_all([s]() -> awaitable<void> { co_return; });                                // refused
    co_await coro::wait_any([s]() -> awaitable<void> { co_return; });                                // refused
    co_await coro::gather([s]() -> awaitable<void> { co_return; });                                  // refused
    co_await coro::run_as_daemon(nothing(), [s]() -> awaitable<void> { co_return; });                // refused
    co_await coro::to_thread(pool, [s](std::stop_token) {});                                         // refused
    co_await coro::as_completed(some(), [s](coro::task<> const&) {});                                // refused
    co_await coro::finally(nothing(), [s]() -> awaitable<void> { co_return; });                      // refused
    co_await coro::cancel_by(nothing(), [s] {});                                                     // refused
    co_await host.talk(muster::step("cat"), [s](muster::dialogue&) -> awaitable<void> { co_return; });  // refused
}
