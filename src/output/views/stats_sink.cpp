// SPDX-License-Identifier: MIT
// Measures from event to event.
#include "output/views/stats_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <variant>

#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t most_named = 10;

}  // namespace

flow stats_sink::tell(event const& event) {
    if (auto const* run = std::get_if<events::run_started>(&event)) {
        hosts_ = run->hosts;
        times_.assign(hosts_.size(), {});
    } else if (auto const* started = std::get_if<events::host_started>(&event)) {
        times_[started->index] = {steady::now(), {}, {}};
    } else if (auto const* sent = std::get_if<events::command_sent>(&event)) {
        times_[sent->index].connecting = steady::now() - times_[sent->index].begun;
    } else if (auto const* ended = std::get_if<events::host_ended>(&event)) {
        end(ended->index);
    } else if (std::holds_alternative<events::run_ended>(event)) {
        show();
    }
    return writer_.answer();
}

void stats_sink::end(std::size_t index) {
    auto& host = times_[index];
    if (host.connecting) host.command = steady::now() - host.begun - *host.connecting;
}

void stats_sink::show() {
    auto const connecting = connects_ ? stage_line("connecting", &times::connecting) : std::string();
    writer_.write(to_, connecting + stage_line("command", &times::command) + slowest_line());
}

std::string stats_sink::stage_line(char const* name, std::optional<std::chrono::nanoseconds> times::*stage) const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < times_.size(); ++i)
        if (times_[i].*stage) order.push_back(i);
    if (order.empty()) return {};
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return times_[a].*stage < times_[b].*stage; });
    // The nearest rank: so many are within it, or more.
    auto const at = [&](std::size_t percent) {
        return in_words(*(times_[order[(order.size() * percent + 99) / 100 - 1]].*stage));
    };
    return fmt::format("muster: {}: half within {}, 95 % within {}, slowest {} ({})\n", name, at(50), at(95), at(100),
                       sanitised(hosts_[order.back()].host));
}

std::string stats_sink::slowest_line() const {
    std::vector<std::size_t> order(hosts_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const shown = std::min(most_named, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                      [&](auto a, auto b) { return hosts_[a].duration > hosts_[b].duration; });
    std::string text = "muster: slowest hosts:";
    for (std::size_t i = 0; i < shown; ++i)
        text += fmt::format("{} {} {}", i == 0 ? "" : ",", sanitised(hosts_[order[i]].host),
                            in_words(hosts_[order[i]].duration));
    return text + "\n";
}

}  // namespace muster::output
