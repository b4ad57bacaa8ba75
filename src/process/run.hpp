// SPDX-License-Identifier: MIT
// Runs a local command to its end: input in, output and exit out, within a time limit.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>

#include "process/child.hpp"

namespace muster::process {

/// Not an aggregate, so that a temporary one may stand in an expression with co_await.
struct run_limits {
    run_limits() = default;
    explicit run_limits(std::chrono::nanoseconds limit) : time(limit) {}

    std::chrono::nanoseconds time = std::chrono::nanoseconds::max();
    std::chrono::nanoseconds grace = std::chrono::seconds(1);  ///< between SIGTERM and SIGKILL
    std::size_t output = std::size_t{1} << 20;                 ///< bytes kept of each stream
    coro::event* at_once = nullptr;  ///< set meanwhile: SIGKILL without waiting for the grace to pass
    /// Called when the group has got SIGTERM and the command is there yet a moment later.
    std::function<void()> lingers = {};
};

struct run_result {
    exit_record end;
    std::string out;
    std::string err;
    bool truncated = false;  ///< a stream had more than run_limits::output: the rest was read and dropped
    bool timed_out = false;  ///< run_limits::time passed
};

enum class printed_to { out, err };

/// Told what a command prints, as it comes and as far as it is kept. An exception out of it ends the command and comes
/// out of run().
using print_listener = std::function<void(printed_to, std::string_view bytes)>;

/// Runs `command` in a session and process group of its own, gives it `input` and then the end of input, and returns
/// when the process has ended, with what it had written until then. Processes that it leaves behind in the background
/// are neither waited for nor ended. At the time limit, or when the caller is cancelled, its group gets SIGTERM and
/// after the grace, or as soon as `at_once` is set, SIGKILL. Throws std::system_error when it can't be started.
asio::awaitable<run_result> run(command command, std::string input = {}, run_limits limits = {},
                                print_listener hear = {});

}  // namespace muster::process
