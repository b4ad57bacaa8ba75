// SPDX-License-Identifier: MIT
// Blocking work of one host on other threads, one piece after the other.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include <muster/coro/remote_event.hpp>

namespace muster {

/// Does what it is given in order; between two pieces the threads do what others have given them. After the first piece
/// that throws, and after its destruction, the rest is dropped; a piece that has begun goes on and must own all it
/// uses.
class ordered_work {
  public:
    ordered_work(asio::any_io_executor const& loop, asio::thread_pool& threads);
    ~ordered_work();
    ordered_work(ordered_work const&) = delete;
    ordered_work& operator=(ordered_work const&) = delete;

    /// Called again until it returns true: it is done. `held` is how much memory it keeps until then.
    void add(std::function<bool()> piece, std::size_t held);
    /// Set while there is room for more.
    coro::remote_event& room() noexcept { return room_; }
    /// Until all is done. Throws what a piece has thrown.
    asio::awaitable<void> done();

  private:
    struct shared_state;
    static void run(asio::thread_pool& threads, std::shared_ptr<shared_state> const& state);

    coro::remote_event room_;
    coro::remote_event idle_;
    asio::thread_pool& threads_;
    std::shared_ptr<shared_state> state_;
};

}  // namespace muster
