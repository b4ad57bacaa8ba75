// SPDX-License-Identifier: MIT
// A run on a loop that one thread runs: what async_run does, without the strand.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include <muster/async_run.hpp>

namespace muster {

/// As async_run, but for `begun`: from when the limit on the run counts, read when the first host may begin; the
/// arguments must live until it ends, and nothing but the loop's one thread may come near it.
asio::awaitable<report> run_on_loop(std::vector<endpoint> const& endpoints, std::span<job const> jobs,
                                    options const& options, sink& sink, transport& transport,
                                    coro::event* abort = nullptr,
                                    std::chrono::steady_clock::time_point const* begun = nullptr);
asio::awaitable<report> run_on_loop(std::vector<endpoint> const& endpoints, std::span<job const> jobs,
                                    options const& options, sink& sink, login_hooks const& hooks,
                                    coro::event* abort = nullptr);

/// Throws std::invalid_argument when two endpoints have one label: by it, output, report and ledger tell hosts apart.
void require_unique_labels(std::vector<endpoint> const& endpoints);

}  // namespace muster
