// SPDX-License-Identifier: MIT
// A limit on how many tasks do something at once.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/turnstile.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace muster::coro {

/// Permits are given first come, first served; no cancellation loses one. The first wait binds it to that loop. Use it
/// on its loop only; must outlive those who wait. A permit may outlive it.
class semaphore {
  public:
    explicit semaphore(std::size_t permits) : permits_(std::make_shared<detail::turnstile>(permits)) {}
    semaphore(semaphore const&) = delete;
    semaphore& operator=(semaphore const&) = delete;

    /// Given back when destroyed.
    class [[nodiscard]] permit {
      public:
        permit() = default;
        permit(permit&& other) noexcept = default;
        permit& operator=(permit&& other) noexcept {
            std::swap(owner_, other.owner_);
            return *this;
        }
        ~permit() { release(); }

        void release() noexcept {
            if (auto const owner = std::exchange(owner_, nullptr)) owner->leave();
        }
        explicit operator bool() const noexcept { return owner_ != nullptr; }

      private:
        friend class semaphore;
        explicit permit(std::shared_ptr<detail::turnstile> owner) noexcept : owner_(std::move(owner)) {}
        std::shared_ptr<detail::turnstile> owner_;
    };

    [[nodiscard]] awaitable<permit> acquire();
    [[nodiscard]] std::optional<permit> try_acquire();
    std::size_t available() const noexcept { return permits_->units(); }

  private:
    std::shared_ptr<detail::turnstile> permits_;
};

}  // namespace muster::coro
