// SPDX-License-Identifier: MIT
// Opens a nursery with the run and what may cancel it.
#include "run/supervise.hpp"

#include <exception>
#include <utility>

#include <muster/coro/nursery.hpp>

namespace muster {

namespace {

asio::awaitable<void> watch_over(coro::task<report> run, watcher const& watch) {
    std::exception_ptr failure;
    try {
        co_await watch(run);
        co_return;
    } catch (asio::system_error const&) {
        throw;
    } catch (...) {
        failure = std::current_exception();
    }
    run.cancel();
    std::rethrow_exception(failure);
}

}  // namespace

asio::awaitable<report> supervise(asio::awaitable<report> run, watcher watch) {
    coro::task<report> const fleet(std::move(run), "run");
    co_await coro::open_nursery(
        [&](coro::nursery& both) -> asio::awaitable<void> {
            both.start(fleet);
            both.start(watch_over(fleet, watch), coro::daemon, "watcher");
            co_await fleet.join();
            fleet.exception();  // read here, so that it comes out below as it is and not in a group
        },
        coro::on_error::keep_going);
    co_return std::move(fleet.result());
}

}  // namespace muster
