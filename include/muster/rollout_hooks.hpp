// SPDX-License-Identifier: MIT
// The caller's part in a rollout: coroutines that decide whether it goes on.
#pragma once

#include <functional>

#include <asio/awaitable.hpp>

#include <muster/batches.hpp>
#include <muster/endpoint.hpp>

namespace muster {

/// Each may be empty. While a gate is asked no host runs. A run that is stopped cancels what it waits for; an exception
/// ends the run as run_error.
struct rollout_hooks {
    using question = std::function<asio::awaitable<verdict>(batch_report)>;

    question gate{};     ///< after every batch and its pause: may the rollout go on? A no ends the run like `soon`
    question approve{};  ///< before every batch but the first
    question halted{};   ///< with halt_when::ask, when what runs has ended: go on as if there had been no failure?
};

}  // namespace muster
