// SPDX-License-Identifier: MIT
// Failures, named when they happen.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include <muster/sink.hpp>

#include "output/terminal/writer.hpp"

namespace muster::output {

/// How failures are named.
struct failure_look {
    bool terminal = false;  ///< a mark in front, else the program's name
    bool colour = false;
    bool utf8 = false;
};

/// A line for each of the first ten hosts that fail while others have not ended; then, once a second at most, a line
/// for each cause with the number of hosts.
class failure_sink final : public sink {
  public:
    static constexpr std::size_t named = 10;

    /// `into` must live longer.
    failure_sink(writer& into, writer::target to, failure_look look) : writer_(into), to_(to), look_(look) {}

    flow tell(event const& event) override;

    /// To be called about once a second, for what is due when nothing is told.
    void look();

  private:
    using steady = std::chrono::steady_clock;

    void note(host_result const& result);
    void tell_all();
    void flush();
    std::string line(std::string const& text) const;

    writer& writer_;
    writer::target to_;
    failure_look look_;
    std::size_t left_ = 0;  // hosts that have not ended
    std::size_t named_ = 0;
    host_result const* last_ = nullptr;  // which ended last of all, and was not named
    bool stopping_ = false;
    std::map<std::string, std::size_t> more_;  // not told yet, by cause
    steady::time_point flushed_{};
};

}  // namespace muster::output
