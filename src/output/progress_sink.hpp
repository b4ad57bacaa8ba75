// SPDX-License-Identifier: MIT
// How far a run is, as the last line of a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <muster/sink.hpp>

#include "output/writer.hpp"

namespace muster::output {

/// Counts of hosts at one moment.
struct progress {
    std::size_t total = 0;
    std::size_t ok = 0;
    std::size_t failed = 0;  ///< ended in any other way
    std::size_t running = 0;
    bool stopping = false;
    std::chrono::nanoseconds elapsed{};
};

/// "[=====>    ] 83/120  ok 80  failed 2  running 35  3 s left" in at most so many columns. What is left is guessed
/// once more hosts have ended than run.
std::string progress_text(progress const& now, std::size_t columns);

class progress_sink final : public sink {
  public:
    /// `into` must live longer.
    progress_sink(writer& into, writer::target terminal) : writer_(into), terminal_(terminal) {}

    flow tell(event const& what) override;

    /// Takes the line away, until it is given back: somebody else uses the terminal.
    void hold(bool away);

  private:
    void show();

    writer& writer_;
    writer::target terminal_;
    progress counts_;
    std::chrono::steady_clock::time_point begun_;
    std::vector<bool> running_;
    bool held_ = false;
    bool over_ = true;
};

}  // namespace muster::output
