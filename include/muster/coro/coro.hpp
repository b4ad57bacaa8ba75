// SPDX-License-Identifier: MIT
// Umbrella: the whole structured-concurrency layer.
#pragma once

#include <muster/coro/alarm.hpp>
#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/errors.hpp>
#include <muster/coro/event.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/loop_watchdog.hpp>
#include <muster/coro/manual_clock.hpp>
#include <muster/coro/mutex.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/coro/queue.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/semaphore.hpp>
#include <muster/coro/shield.hpp>
#include <muster/coro/strand.hpp>
#include <muster/coro/task.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/to_thread.hpp>
#include <muster/coro/wait.hpp>
