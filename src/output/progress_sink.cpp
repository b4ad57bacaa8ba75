// SPDX-License-Identifier: MIT
// How far a run is.
#include "output/progress_sink.hpp"

#include <fmt/format.h>

#include <variant>

#include "output/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t bar_width = 20;

std::string bar(std::size_t done, std::size_t total) {
    auto const full = total == 0 ? bar_width : done * bar_width / total;
    std::string text(full, '=');
    if (full < bar_width) text += '>';
    text.resize(bar_width, ' ');
    return '[' + text + "] ";
}

std::string time_left(progress const& now, std::size_t done) {
    if (now.stopping || done <= now.running || done == now.total) return {};
    auto const left = now.elapsed / static_cast<std::int64_t>(done) * static_cast<std::int64_t>(now.total - done);
    return "  " + in_words(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
}

}  // namespace

std::string progress_text(progress const& now, std::size_t columns) {
    auto const done = now.ok + now.failed;
    auto text = fmt::format("{}/{}  ok {}", done, now.total, now.ok);
    if (now.failed > 0) text += fmt::format("  failed {}", now.failed);
    text += fmt::format("  {} {}", now.stopping ? "stopping" : "running", now.running);
    if (auto const left = time_left(now, done); text.size() + left.size() <= columns) text += left;
    if (text.size() + bar_width + 3 <= columns) text.insert(0, bar(done, now.total));
    return text.substr(0, columns);
}

flow progress_sink::tell(event const& what) {
    if (std::holds_alternative<events::output>(what)) return flow::go_on;
    if (auto const* run = std::get_if<events::run_started>(&what)) {
        counts_ = {};
        counts_.total = run->hosts.size();
        running_.assign(counts_.total, false);
        begun_ = std::chrono::steady_clock::now();
        over_ = false;
    } else if (auto const* started = std::get_if<events::host_started>(&what)) {
        running_[started->index] = true;
        ++counts_.running;
    } else if (auto const* ended = std::get_if<events::host_ended>(&what)) {
        if (running_[ended->index]) --counts_.running;
        ++(ended->result.state == final_state::ok ? counts_.ok : counts_.failed);
    } else if (std::holds_alternative<events::stopping>(what)) {
        counts_.stopping = true;
    } else if (std::holds_alternative<events::run_ended>(what)) {
        over_ = true;
        writer_.status(terminal_, nullptr);
        return flow::go_on;
    }
    show();
    return flow::go_on;
}

void progress_sink::hold(bool away) {
    held_ = away;
    if (away)
        writer_.status(terminal_, nullptr);
    else
        show();
}

void progress_sink::show() {
    if (held_ || over_) return;
    writer_.status(terminal_, [counts = counts_, begun = begun_](std::size_t columns) mutable {
        counts.elapsed = std::chrono::steady_clock::now() - begun;
        return progress_text(counts, columns);
    });
}

}  // namespace muster::output
