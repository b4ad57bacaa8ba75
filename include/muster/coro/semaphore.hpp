// SPDX-License-Identifier: MIT
// A limit on how many tasks do something at once.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/turnstile.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace muster::coro {

/// Permits are given first come, first served; no cancellation loses one. The first wait binds it to that loop. Use it
/// on its loop only; must outlive its permits.
class semaphore {
  public:
    explicit semaphore(std::size_t permits) : permits_(permits) {}
    ~semaphore();
    semaphore(semaphore const&) = delete;
    semaphore& operator=(semaphore const&) = delete;

    /// Given back when destroyed.
    class [[nodiscard]] permit {
      public:
        permit() = default;
        permit(permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        permit& operator=(permit&& other) noexcept {
            std::swap(owner_, other.owner_);
            return *this;
        }
        ~permit() { release(); }

        void release() noexcept {
            if (auto* const owner = std::exchange(owner_, nullptr)) owner->give_back();
        }
        explicit operator bool() const noexcept { return owner_ != nullptr; }

      private:
        friend class semaphore;
        explicit permit(semaphore& owner) noexcept : owner_(&owner) { ++owner.taken_; }
        semaphore* owner_ = nullptr;
    };

    [[nodiscard]] awaitable<permit> acquire();
    std::optional<permit> try_acquire();
    std::size_t available() const noexcept { return permits_.units(); }

  private:
    void give_back() noexcept;

    detail::turnstile permits_;
    std::size_t taken_ = 0;
};

}  // namespace muster::coro
