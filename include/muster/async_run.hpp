// SPDX-License-Identifier: MIT
// The library's front for callers with an event loop of their own.
#pragma once

#include <memory>
#include <vector>

#include <muster/coro/awaitable.hpp>
#include <muster/coro/event.hpp>
#include <muster/endpoint.hpp>
#include <muster/job.hpp>
#include <muster/login_hooks.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>
#include <muster/sink.hpp>
#include <muster/transport.hpp>

namespace muster {

/// An argument that async_run uses until it ends: it takes an object with a name, and no temporary, which would be gone
/// by the time a coroutine that was only made is awaited.
template <class T>
class used_until_end {
  public:
    used_until_end(T const& object) noexcept : object_(&object) {}  // NOLINT(google-explicit-constructor)
    used_until_end(T const&& temporary) = delete;
    T const& operator*() const noexcept { return *object_; }

  private:
    T const* object_;
};

/// Runs `job` on every endpoint, on the context of the awaiting coroutine; on a strand of its own, so that several
/// threads may run the context. Several runs may share a context. Cancelling it performs the whole stop (TERM, grace,
/// KILL, proof) and then returns the report, with cause `cancelled`; the caller's next co_await throws. Terminal
/// cancellation asks for the stop, and partial cancellation where the caller's coroutine lets it through.
/// coro::with_timeout doesn't throw timed_out, since the report comes late but comes: for a limit use
/// options::total_timeout. Setting `abort`, where given, cuts the stop short: connections are dropped at once. It is
/// set by the thread that runs the context; where several do, await this on a strand, and set it on that. Throws
/// run_error for what is no host's outcome. Before anything was started: over SSH login_error and what
/// login_hooks::secret throws, std::invalid_argument for endpoints, options and jobs that make no sense, from the call
/// itself for two endpoints with one label. The arguments must live until it ends; `sink` is called on the
/// strand, one call at a time.
///
/// A context that dies before the end drops the connections and stops nothing: commands go on, except those with
/// step::lease.
asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints, used_until_end<job> job,
                                  used_until_end<options> options, sink& sink, transport& transport,
                                  coro::event* abort = nullptr);
/// The same over SSH with libssh2. What the hooks refer to must live until it ends.
asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints, used_until_end<job> job,
                                  used_until_end<options> options, sink& sink, login_hooks hooks = {},
                                  coro::event* abort = nullptr);

/// The same with a job for each endpoint, in their order. Throws std::invalid_argument, from the call itself, for
/// another number of jobs.
asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints,
                                  used_until_end<std::vector<job>> jobs, used_until_end<options> options, sink& sink,
                                  transport& transport, coro::event* abort = nullptr);
asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints,
                                  used_until_end<std::vector<job>> jobs, used_until_end<options> options, sink& sink,
                                  login_hooks hooks = {}, coro::event* abort = nullptr);

}  // namespace muster
