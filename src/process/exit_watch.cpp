// SPDX-License-Identifier: MIT
// A pidfd on the loop, or a timer where there is none.
#include "process/exit_watch.hpp"

#include <algorithm>

#include <asio/use_awaitable.hpp>

#include <muster/coro/time.hpp>

namespace muster::process {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_pause = 50ms;

}  // namespace

void exit_watch::open(child& watched) {
    open_ = true;
    auto own = watched.open_exit_fd();
    asio::error_code refused;
    if (own) descriptor_.assign(own.get(), refused);
    if (own && !refused) own.release();
}

void exit_watch::close() {
    open_ = false;
    descriptor_.close();
}

asio::awaitable<void> exit_watch::wait() {
    if (descriptor_.is_open()) {
        co_await descriptor_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    } else {
        co_await coro::sleep_for(pause_);
        pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, longest_pause);
    }
}

}  // namespace muster::process
