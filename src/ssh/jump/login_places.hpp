// SPDX-License-Identifier: MIT
// How many hosts behind one jump host may be on their way to be logged in.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <asio/awaitable.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/timeout.hpp>

namespace muster::ssh {

/// The hosts may be names of one server, to which all connections come from one address, and which turns away some when
/// ten at once are not logged in (MaxStartups of sshd_config(5)); as a rule they are many. So it begins with less than
/// ten places, each login that succeeds makes one more, and from the first one that was turned away on there are as few
/// as in the beginning. For one loop.
class login_places {
    struct state;

  public:
    static constexpr std::size_t fewest = 8;
    static constexpr std::size_t most = 1024;

    /// Given back when destroyed; may outlive the places.
    class [[nodiscard]] place {
      public:
        place(place&& other) noexcept = default;
        place& operator=(place&& other) = delete;
        ~place() { release(); }

        void release() noexcept;
        /// The host of this place has logged in.
        void succeeded() noexcept;
        /// Its server has turned it away.
        void turned_away() noexcept;

      private:
        friend class login_places;
        place(std::shared_ptr<state> of, coro::semaphore::permit permit)
            : state_(std::move(of)), permit_(std::move(permit)) {}

        std::shared_ptr<state> state_;
        coro::semaphore::permit permit_;
    };

    login_places();

    asio::awaitable<place> acquire();
    /// As in the beginning.
    void begin_anew() noexcept;

  private:
    std::shared_ptr<state> state_;
};

}  // namespace muster::ssh
