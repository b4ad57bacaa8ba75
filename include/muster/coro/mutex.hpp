// SPDX-License-Identifier: MIT
// Mutual exclusion between tasks of one loop, across their waits.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/semaphore.hpp>

#include <optional>

namespace muster::coro {

/// A semaphore of one permit: the holder's waits keep others out. First come, first served; no cancellation loses it.
class mutex {
  public:
    using guard = semaphore::permit;  ///< given back when destroyed

    [[nodiscard]] awaitable<guard> lock() { return place_.acquire(); }
    [[nodiscard]] std::optional<guard> try_lock() { return place_.try_acquire(); }
    bool locked() const noexcept { return place_.available() == 0; }

  private:
    semaphore place_{1};
};

}  // namespace muster::coro
