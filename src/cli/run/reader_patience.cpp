// SPDX-License-Identifier: MIT
// Asks for signals while the display is closed, and shortens the readers' time.
#include "cli/run/reader_patience.hpp"

#include <algorithm>
#include <csignal>

#include "cli/process/signals.hpp"

namespace muster::cli {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// After a signal, or when the limit on the run has passed.
constexpr std::chrono::nanoseconds after_stop = 2s;
constexpr std::chrono::nanoseconds longest = 10s;  // with a reader that goes on reading

class reader_patience {
  public:
    reader_patience(display const& display, std::optional<steady::time_point> limit, int& signal)
        : display_(display), limit_(limit), signal_(signal) {
        begin();
    }

    /// Nothing: without an end.
    std::optional<std::chrono::nanoseconds> left() {
        look_for_signals();
        if (!end_) return std::nullopt;
        auto const now = steady::now();
        return now >= *end_ && display_.is_being_read() ? *latest_ - now : *end_ - now;
    }

  private:
    void begin() {
        auto const soonest = steady::now() + after_stop;
        if (signal_ != 0)
            end_ = soonest;
        else if (limit_)
            end_ = std::max(soonest, *limit_);
        if (end_) latest_ = *end_ + (longest - after_stop);
    }

    void look_for_signals() {
        int const came = take_ending_signal();
        if (came == 0) return;
        if (signal_ == 0) {
            signal_ = came;
            begin();
        } else if (came == SIGINT) {
            end_ = latest_ = steady::now();
        }
    }

    display const& display_;
    std::optional<steady::time_point> limit_;
    int& signal_;
    std::optional<steady::time_point> end_;
    std::optional<steady::time_point> latest_;
};

}  // namespace

write_outcome close_within_patience(display& display, std::optional<steady::time_point> limit, int& signal) {
    reader_patience patience(display, limit, signal);
    return display.close([&] { return patience.left(); });
}

}  // namespace muster::cli
