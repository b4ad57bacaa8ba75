// SPDX-License-Identifier: MIT
// How long a loop keeps a timer waiting that is due, and how much memory the program has taken meanwhile.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <muster/endpoint.hpp>
#include <muster/job.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>

namespace muster::test {

struct loop_probe {
    /// The longest turn of the loop, in processor time of its thread, which a busy machine does not lengthen.
    std::chrono::nanoseconds longest{};
    /// The most bytes on the heap, above those at the start. Under a sanitizer, always 0.
    std::size_t most_memory = 0;

    asio::awaitable<void> watch();
};

/// Adds a line "WHAT <tab> MILLISECONDS" to the file that MUSTER_TURNS names, if it is set: the table of
/// tests/bench/results/turns.md is made of them.
void note_turn(std::string const& what, loop_probe const& probe);

/// A run that is watched by the probe.
report run_probed(std::vector<endpoint> const& where, options const& options, loop_probe& probe,
                  job const& job = std::string("echo $NODE"));

}  // namespace muster::test
