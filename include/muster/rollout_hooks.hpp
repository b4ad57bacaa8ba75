// SPDX-License-Identifier: MIT
// The caller's part in a rollout: coroutines that decide whether it goes on.
#pragma once

#include <chrono>
#include <functional>

#include <muster/batches.hpp>
#include <muster/coro/awaitable.hpp>
#include <muster/endpoint.hpp>
#include <muster/options.hpp>

namespace muster {

/// Each may be empty. While a gate is asked no host runs. A run that is stopped cancels what it waits for; an exception
/// ends the run as run_error.
struct rollout_hooks {
    using question = std::function<asio::awaitable<verdict>(batch_report)>;

    /// Asked of one host.
    using host_hook = std::function<asio::awaitable<verdict>(endpoint const&)>;

    question gate{};  ///< after every batch and its pause: may the rollout go on? A no ends the run like `soon`
    std::chrono::nanoseconds gate_limit{};  ///< which the gate keeps to, for views that say what is left of it; 0: none
    question approve{};                     ///< before every batch but the first
    host_hook before{};  ///< when the host is logged in to: a no is `failed` with stage before, and nothing is sent
    host_hook after{};   ///< after the steps of a host that ended `ok`: a no is `failed` with stage after
    /// Beside the run: returns when something outside wants its end, with halt_when::soon or halt_when::now. After
    /// `soon` it is called once more, for a `now` that ends what still runs.
    std::function<asio::awaitable<halt_when>()> halt_outside{};
    /// With halt_when::ask, when what runs has ended: go on as if there had been no failure, or run the failed hosts of
    /// the batch again? Asked where one of these changes something.
    question halted{};
};

}  // namespace muster
