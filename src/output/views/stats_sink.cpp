// SPDX-License-Identifier: MIT
// Puts the times of all hosts' results in order.
#include "output/views/stats_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

#include <muster/report.hpp>

#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t most_named = 10;

/// What one stage took on a host.
struct time_of_host {
    std::chrono::nanoseconds length;
    host_result const* host;
};

/// By stage, each in the order of a host's life.
using times_of_stages = std::array<std::vector<time_of_host>, static_cast<std::size_t>(stage::total) + 1>;

times_of_stages times_of(report const& results) {
    times_of_stages times;
    for (auto const& host : results.hosts)
        for (auto const& each : host.stages)
            times[static_cast<std::size_t>(each.stage)].push_back({each.duration, &host});
    return times;
}

std::string stage_line(stage which, std::vector<time_of_host>& times) {
    std::ranges::stable_sort(times, {}, &time_of_host::length);
    if (times.empty() || times.back().length < std::chrono::milliseconds(1)) return {};
    // The nearest rank: so many are within it, or more.
    auto const at = [&](std::size_t percent) {
        return in_words(times[(times.size() * percent + 99) / 100 - 1].length);
    };
    return fmt::format("muster: {}: half within {}, 95 % within {}, slowest {} ({})\n", words(which), at(50), at(95),
                       at(100), sanitised(times.back().host->host));
}

std::string slowest_line(std::vector<host_result> const& hosts) {
    std::vector<std::size_t> order(hosts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const shown = std::min(most_named, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                      [&](auto a, auto b) { return hosts[a].duration > hosts[b].duration; });
    std::string text = "muster: slowest hosts:";
    for (std::size_t i = 0; i < shown; ++i)
        text += fmt::format("{} {} {}", i == 0 ? "" : ",", sanitised(hosts[order[i]].host),
                            in_words(hosts[order[i]].duration));
    return text + "\n";
}

}  // namespace

flow stats_sink::tell(event const& event) {
    if (auto const* run = std::get_if<events::run_ended>(&event)) {
        auto times = times_of(run->results);
        std::string text;
        for (std::size_t i = 0; i < times.size(); ++i) text += stage_line(static_cast<stage>(i), times[i]);
        writer_.write(to_, text + slowest_line(run->results.hosts));
    }
    return writer_.answer();
}

}  // namespace muster::output
