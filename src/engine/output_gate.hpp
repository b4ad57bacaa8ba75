// SPDX-License-Identifier: MIT
// Back-pressure from the sinks: closed while a sink is full, opened by the function that the sink was given.
#pragma once

#include <functional>
#include <memory>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>

namespace muster {

/// Used on the loop's thread, but for the function that `opener` returns.
class output_gate {
  public:
    explicit output_gate(asio::any_io_executor loop);
    ~output_gate();
    output_gate(output_gate const&) = delete;
    output_gate& operator=(output_gate const&) = delete;

    /// Opens the gate from any thread, soon; does nothing once the gate is gone.
    std::function<void()> opener() const;

    void shut() { open_.reset(); }
    bool is_open() const { return open_.is_set(); }
    asio::awaitable<void> wait_open() { return open_.wait(); }

  private:
    struct door;
    coro::event open_;
    std::shared_ptr<door> door_;
};

}  // namespace muster
