// SPDX-License-Identifier: MIT
// Every knob of a run in one struct; each comment gives the default's reason or the cost.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <muster/batches.hpp>

namespace muster {

/// What a failure does to the rest of the run.
enum class halt_when {
    never,  ///< every host runs
    soon,   ///< nothing new starts, running commands finish
    now,    ///< nothing new starts, running commands are stopped
    ask,    ///< nothing new starts, running commands finish, then rollout_hooks::halted decides; without it as `soon`
    batch,  ///< the batch that has begun comes to its end, every host of it; no other begins. Without batches as
            ///< `never`
};

/// Which final states count as failures.
enum class halt_on {
    any,      ///< every one but ok, stopped and not_started
    command,  ///< only those after the command was sent: failed, signalled, no_status, lost, timed_out there
};

/// The halt policy: `when` acts as soon as the failed hosts reach the threshold.
struct halt_policy {
    halt_when when = halt_when::never;
    double fail = 1;  ///< how many failures, or, with `percent`, which share of all targets (rounded up, at least 1)
    bool percent = false;  ///< read `fail` as a percentage
    halt_on counted = halt_on::any;
};

struct options {
    // --- behaviour
    std::size_t fanout =
        64;  ///< hosts at once; 0: all. Each live session costs memory, a file descriptor and a window.
    std::size_t connect_limit = 64;  ///< connections at once that are not yet logged in; 0: no limit but `fanout`
    unsigned retries = 0;  ///< how often a host is tried again whose command was not sent; never after a failed login
    halt_policy halt = {};
    std::vector<std::uint32_t> ok_status = {0};  ///< the exit statuses that count as success
    rollout_options rollout = {};                ///< batches, and what comes between them

    // --- limits; zero means none. All run on the steady clock.
    std::chrono::nanoseconds connect_timeout =
        std::chrono::seconds(10);  ///< name look-up to authentication, for each attempt: those of `retries` and of
                                   ///< connection_settings::connection_attempts have it anew, as with ssh
    std::chrono::nanoseconds command_timeout =
        std::chrono::seconds(0);  ///< from sending a command to its end: for each that a host's steps or coroutine run
    std::chrono::nanoseconds total_timeout = std::chrono::seconds(0);  ///< the whole run
    std::chrono::nanoseconds grace =
        std::chrono::seconds(5);  ///< between SIGTERM and SIGKILL when a command is stopped
    std::chrono::nanoseconds linger =
        std::chrono::seconds(2);  ///< how long a silent channel is kept that only a background child still holds open

    // --- performance
    std::size_t keep_output = 16u << 20u;  ///< bytes of each stream of a host that its result keeps; the rest is
                                           ///< dropped and `truncated` set. Sinks are told everything. 0 keeps nothing.
};

}  // namespace muster
