// SPDX-License-Identifier: MIT
// The errors this layer throws by itself. Cancellation is none of them: it is asio::system_error(operation_aborted).
#pragma once

#include <exception>
#include <stdexcept>

namespace muster::coro {

/// The error is a cancellation: asio::system_error(operation_aborted), as a cancelled wait throws it. A catch block
/// that is not the end of the task passes it on:
///
///     } catch (std::exception const& error) {
///         if (coro::is_cancellation(error)) throw;
///
/// The mistake: to swallow it and to await again. Every co_await of a cancelled task throws at once, so a loop that
/// goes on never gives the event loop a turn. After ten seconds of that coro::run, and with it muster::run, ends the
/// program with this rule (a loop_watchdog does the same for a loop of your own).
bool is_cancellation(std::exception const& error) noexcept;
bool is_cancellation(std::exception_ptr const& error) noexcept;

/// A time limit passed before the work had ended (with_timeout, with_deadline).
struct timed_out : std::runtime_error {
    timed_out() : std::runtime_error("timed out") {}
};

/// A task, queue, event, semaphore or nursery was used from another loop than its own, or anything here that waits
/// where several threads by turns run a context without a strand (see on_strand).
struct wrong_loop : std::logic_error {
    using std::logic_error::logic_error;
};

/// A call that the state of the object doesn't allow: a result before the end, a second start, a start after close.
struct invalid_state : std::logic_error {
    using std::logic_error::logic_error;
};

/// put() on a queue that was shut down, or get() when it is empty as well.
struct queue_shut_down : std::runtime_error {
    queue_shut_down() : std::runtime_error("the queue was shut down") {}
};

}  // namespace muster::coro
