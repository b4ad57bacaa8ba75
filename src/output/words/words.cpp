// SPDX-License-Identifier: MIT
// Results in words for people.
#include "output/words/words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "output/terminal/sanitise.hpp"

namespace muster::output {

namespace {

/// What is said of a state when the error has no text of its own.
std::string_view usual_reason(final_state state) noexcept {
    switch (state) {
        case final_state::ok:
        case final_state::failed:
        case final_state::signalled:
        case final_state::no_status:
            return "";
        case final_state::lost:
            return "connection lost";
        case final_state::timed_out:
            return "timed out";
        case final_state::unreachable:
            return "unreachable";
        case final_state::host_key:
            return "host key refused";
        case final_state::auth:
            return "permission denied";
        case final_state::refused:
            return "the server refused the command";
        case final_state::stopped:
            return "stopped";
        case final_state::not_started:
            return "not started";
    }
    return "";
}

std::string reason(host_result const& result) {
    auto const message = sanitised(error_message(result));
    return message.empty() ? std::string(usual_reason(result.state)) : message;
}

}  // namespace

std::string_view words(final_state state) noexcept {
    switch (state) {
        case final_state::no_status:
            return "without exit status";
        case final_state::timed_out:
            return "timed out";
        case final_state::host_key:
            return "host key refused";
        case final_state::auth:
            return "not authenticated";
        case final_state::signalled:
            return "killed by a signal";
        case final_state::not_started:
            return "not started";
        default:
            return to_string(state);
    }
}

std::string_view words(stage stage) noexcept {
    return stage == stage::host_key ? "host key" : to_string(stage);
}

std::string explain(host_result const& result) {
    if (result.state == final_state::ok) {
        auto const message = error_message(result);
        return message.empty() ? "" : "warning: " + sanitised(message);
    }
    auto why = reason(result);
    if (result.stage == stage::none || result.state == final_state::not_started) return why;
    return std::string(words(result.stage)) + ": " + why;
}

std::string without_stage(std::string text) {
    constexpr std::string_view stage = "command: ";
    if (text.starts_with(stage)) text.erase(0, stage.size());
    return text;
}

bool is_command_end(host_result const& result) noexcept {
    bool const ended = result.state == final_state::failed || result.state == final_state::signalled;
    return ended && result.error.empty() && result.remarks.empty();
}

std::string in_words(std::chrono::nanoseconds duration) {
    using namespace std::chrono;
    auto const whole = duration_cast<seconds>(duration).count();
    if (duration < 1s) return fmt::format("{} ms", duration_cast<milliseconds>(duration).count());
    if (duration < 10s) return fmt::format("{:.1f} s", duration_cast<std::chrono::duration<double>>(duration).count());
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

push_counts pushes_of(report const& results) noexcept {
    push_counts sum;
    for (auto const& host : results.hosts) {
        sum.changed += host.changed;
        sum.same += host.same;
    }
    return sum;
}

std::string pushes_in_words(report const& results) {
    auto const sum = pushes_of(results);
    if (sum.changed + sum.same == 0) return {};
    return fmt::format("pushed: {} changed, {} the same", sum.changed, sum.same);
}

std::string size_in_words(std::uint64_t bytes) {
    constexpr std::array<char const*, 5> units = {"kB", "MB", "GB", "TB", "PB"};
    if (bytes < 1000) return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
    if (value < 9.95) return fmt::format("{:.1f} {}", value, units[unit]);
    return fmt::format("{:.0f} {}", value, units[unit]);
}

std::string hosts_in_words(std::size_t count) {
    return fmt::format("{} host{}", count, count == 1 ? "" : "s");
}

bool may_still_run(host_result const& host) {
    auto const is_unknown = [](step_result const& step) { return step.command == command_fate::unknown; };
    return host.command == command_fate::unknown || std::ranges::any_of(host.steps, is_unknown);
}

}  // namespace muster::output
