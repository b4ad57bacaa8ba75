// SPDX-License-Identifier: MIT
// Joins the state of the run, its shapes and the writer.
#include "output/screen/progress_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <muster/host.hpp>

#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;

constexpr auto lately = std::chrono::seconds(2);
constexpr std::size_t few = 16;           // hosts whose cells change all the time
constexpr std::size_t longest_list = 20;  // hosts that are named one by one

/// "muster: 412/1000 ok 410 failed 2 running 64, 3 min 0 s"
std::string minute_line(screen_state const& run) {
    auto text = fmt::format("muster: {}/{} ok {}", run.done(), run.hosts.size(), run.ok);
    if (run.failed > 0) text += fmt::format(" failed {}", run.failed);
    if (run.stopped > 0) text += fmt::format(" stopped {}", run.stopped);
    if (run.not_started > 0) text += fmt::format(" not started {}", run.not_started);
    text += fmt::format(" {} {}", run.stopping ? "stopping" : "running", run.active);
    text += ", " + in_words(steady::now() - run.begun);
    if (auto const rollout = run.rollout.words(steady::now()); !rollout.empty()) text += "; " + rollout;
    return text + "\n";
}

std::string names(screen_state const& run, std::vector<std::size_t> const& hosts, std::size_t begin) {
    std::vector<std::string> labels;
    for (auto i = begin; i < hosts.size(); ++i) labels.push_back(run.labels[hosts[i]].host);
    auto const list = sanitised(fold(labels), std::string::npos);
    return labels.size() == 1 ? list : fmt::format("{} ({})", list, labels.size());
}

std::string one_that_runs(screen_state const& run, std::size_t index) {
    auto const& host = run.hosts[index];
    auto text = fmt::format("muster: {}: {} for {}", run.labels[index].host,
                            host.phase == host_phase::running ? to_string(host.where) : "connecting",
                            in_words(steady::now() - host.since));
    auto const line = host.text();
    if (host.open && !line.empty()) text += fmt::format("; waits behind: {}", line);
    return text + "\n";
}

}  // namespace

struct progress_sink::shared_state {
    std::mutex mutex;
    screen_state run;
    screen_style style;
    bool held = false;                  // what is composed is not to stay
    bool shown = false;                 // lines were composed, on the writer's thread
    bool hint_shown = false;            // likewise
    steady::time_point without_room{};  // a block would have been drawn then: nothing else has the terminal
};

progress_sink::progress_sink(writer& into, writer::target to, progress_look look)
    : writer_(into), to_(to), look_(std::move(look)), state_(std::make_shared<shared_state>()) {
    state_->style = look_.style;
}

progress_sink::~progress_sink() = default;

flow progress_sink::tell(event const& event) {
    {
        std::lock_guard const lock(state_->mutex);
        state_->run.follow(event, steady::now());
    }
    if (std::holds_alternative<events::run_started>(event)) {
        over_ = false;
        show();
    } else if (std::holds_alternative<events::run_ended>(event)) {
        hold(true);
        over_ = true;
    }
    return flow::go_on;
}

void progress_sink::hold(bool away) {
    held_ = away;
    {
        std::lock_guard const lock(state_->mutex);
        state_->held = away;
        state_->shown = state_->hint_shown = false;
    }
    if (!away) return show();
    writer_.remind(to_, nullptr);
    if (look_.pinned) writer_.pin(to_, nullptr);
}

void progress_sink::hint(std::string text) {
    std::lock_guard const lock(state_->mutex);
    if (state_->style.hint == text) return;
    state_->style.hint = std::move(text);
    state_->hint_shown = false;
}

bool progress_sink::is_shown() const {
    std::lock_guard const lock(state_->mutex);
    return state_->shown;
}

bool progress_sink::shows_hint() const {
    std::lock_guard const lock(state_->mutex);
    return state_->hint_shown;
}

/// The writer may draw once more after the run's end: it takes the lines away when it comes to that. Where the terminal
/// has no room for a block a line says now and then how far the run is, as where there is no terminal.
void progress_sink::show() {
    if (held_ || over_) return;
    auto line = [state = state_, pinned = look_.pinned] {
        std::lock_guard const lock(state->mutex);
        bool const wanted = !pinned || steady::now() - state->without_room < lately;
        return wanted && !state->run.hosts.empty() ? minute_line(state->run) : std::string();
    };
    writer_.remind(to_, std::move(line), look_.first, look_.period);
    if (!look_.pinned) return;
    writer_.pin(to_, [state = state_](terminal_size size) {
        std::lock_guard const lock(state->mutex);
        auto const again = std::chrono::milliseconds(state->run.hosts.size() <= few ? 200 : 500);
        auto lines = screen_lines(state->run, steady::now(), size, state->style);
        state->shown = !state->held && !lines.empty();
        state->hint_shown = state->shown && !state->style.hint.empty();
        if (!state->held && lines.empty()) state->without_room = steady::now();
        return pinned_lines{std::move(lines), again};
    });
}

std::string progress_sink::who_runs() const {
    std::lock_guard const lock(state_->mutex);
    auto const& run = state_->run;
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < run.hosts.size(); ++i)
        if (is_active(run.hosts[i].phase)) active.push_back(i);
    std::stable_sort(active.begin(), active.end(),
                     [&](auto a, auto b) { return run.hosts[a].since < run.hosts[b].since; });
    auto text = run.rollout.words(steady::now());
    if (!text.empty()) text = "muster: " + text + "\n";
    text += fmt::format("muster: {} running\n", hosts_in_words(active.size()));
    auto const shown = std::min(active.size(), longest_list);
    for (std::size_t i = 0; i < shown; ++i) text += one_that_runs(run, active[i]);
    if (active.size() > shown) text += fmt::format("muster: {}: for less long\n", names(run, active, shown));
    return text;
}

std::string progress_sink::failures() const {
    std::lock_guard const lock(state_->mutex);
    auto const& run = state_->run;
    if (run.failures.empty()) return "muster: no failures so far\n";
    std::string text;
    for (auto const& group : run.failures)
        text += fmt::format("muster: {}: {}\n", names(run, group.hosts, 0), group.cause);
    return text;
}

}  // namespace muster::output
