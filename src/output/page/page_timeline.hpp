// SPDX-License-Identifier: MIT
// The drawn part of a page: what each host did when, and the batches above.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <muster/report.hpp>

namespace muster::output {

/// When what happened to a host, from the run's beginning on.
struct host_times {
    std::optional<std::chrono::nanoseconds> started;
    std::optional<std::chrono::nanoseconds> sent;
    std::optional<std::chrono::nanoseconds> ended;
    std::optional<std::chrono::nanoseconds> told_to_end = {};  ///< where it was stopped
};

/// A time in which a rollout did one thing.
struct page_band {
    std::string label;   ///< "batch 2 of 5: 10 hosts"
    bool waits = false;  ///< a pause, a gate or an approval, and no batch
    std::chrono::nanoseconds from{};
    std::chrono::nanoseconds to{};
};

constexpr int timeline_width = 400;

/// What the colours of the bars mean, as an element.
std::string timeline_legend(bool has_bands);

/// The host's stages one after the other, and its stop.
std::string timeline_bar(host_result const& host, host_times const& times, std::chrono::nanoseconds whole_run);

/// Batches and pauses on the scale of the bars.
std::string timeline_bands(std::vector<page_band> const& bands, std::chrono::nanoseconds whole_run);

}  // namespace muster::output
