// SPDX-License-Identifier: MIT
// When a host whose command was not sent is tried again: pure decisions, no clock and no chance of their own.
#pragma once

#include <chrono>
#include <optional>

#include <muster/endpoint.hpp>
#include <muster/options.hpp>
#include <muster/outcome.hpp>

namespace muster {

/// Whether another try could go better: the host could not be reached, or did not answer in time. Never after the login
/// has begun: a refusal must not be repeated, and servers punish it.
bool may_try_again(final_state state, stage stage) noexcept;

/// The pause before try `n` + 1, that doubles from half a second to 15 s. `chance`, 0 to 1, spreads it over its upper
/// half, so that hosts which failed together do not come back together.
std::chrono::nanoseconds retry_pause(unsigned n, double chance) noexcept;

/// How many attempts a host has left.
class attempts_left {
  public:
    attempts_left(options const& options, endpoint const& host)
        : retries_(options.retries), attempts_(host.settings->connection_attempts) {}

    /// The pause until the next try; nothing when that was the last. ConnectionAttempts of ssh_config(5), which are a
    /// second apart, count only for connections that were not made.
    std::optional<std::chrono::nanoseconds> pause_after(final_state state, stage stage, double chance) noexcept;

  private:
    unsigned retries_;
    unsigned attempts_;
    unsigned failures_ = 0;
};

}  // namespace muster
