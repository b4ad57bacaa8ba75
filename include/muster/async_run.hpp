// SPDX-License-Identifier: MIT
// The library's front for callers with an event loop of their own.
#pragma once

#include <memory>
#include <vector>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/endpoint.hpp>
#include <muster/job.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>
#include <muster/sink.hpp>
#include <muster/transport.hpp>

namespace muster {

/// Runs `work` on every endpoint, on the loop of the awaiting coroutine. Several may run in one io_context, on one
/// thread. Cancelling it performs the whole stop (TERM, grace, KILL, proof) and then returns the report, with cause
/// `cancelled`; the caller's next co_await throws. Setting `abort`, where given, cuts the stop short: connections are
/// dropped at once. Throws run_error for what is no host's outcome. The arguments must live until it ends.
asio::awaitable<report> async_run(std::vector<endpoint> const& where, job const& work, options const& how, sink& told,
                                  transport& hosts, coro::event* abort = nullptr);
/// The same over SSH with libssh2.
asio::awaitable<report> async_run(std::vector<endpoint> const& where, job const& work, options const& how, sink& told,
                                  coro::event* abort = nullptr);

}  // namespace muster
