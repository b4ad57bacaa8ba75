// SPDX-License-Identifier: MIT
// Keeps counts, phases, last lines and causes up to date.
#include "output/screen/screen_state.hpp"

#include <algorithm>
#include <variant>

#include "output/terminal/terminal_text.hpp"
#include "output/words/folded_errors.hpp"
#include "output/words/host_labels.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_line = 400;   // bytes, of which colours take some
constexpr std::size_t most_named = 10'000;  // hosts, of which a few are named; to compare more takes the loop's time

void begin_line(screen_host& host) {
    host.line.clear();
    host.returned = false;
}

}  // namespace

std::string screen_host::text() const {
    std::string shown;
    append_terminal_text(shown, line, controls::dropped, false);
    return shown;
}

void screen_state::follow(event const& event, steady::time_point now) {
    if (auto const* run = std::get_if<events::run_started>(&event)) begin(*run, now);
    rollout.follow(event, now);
    if (auto const* started = std::get_if<events::host_started>(&event)) start(*started, now);
    if (auto const* sent = std::get_if<events::command_sent>(&event)) run_at(sent->index, stage::command, now);
    if (auto const* started = std::get_if<events::step_started>(&event)) run_at(started->index, started->stage, now);
    if (auto const* output = std::get_if<events::output>(&event)) take(*output, now);
    if (auto const* ended = std::get_if<events::host_ended>(&event)) end(*ended, now);
    if (std::holds_alternative<events::stopping>(event)) stopping = true;
    if (std::holds_alternative<events::run_ended>(event)) *this = {};
}

void screen_state::begin(events::run_started const& run, steady::time_point now) {
    *this = {};
    labels = run.hosts;
    domain = labels.size() <= most_named ? common_domain(labels) : 0;
    hosts.resize(labels.size());
    waiting = labels.size();
    begun = now;
}

void screen_state::move(std::size_t index, host_phase to, steady::time_point now) {
    auto& host = hosts[index];
    if (host.phase == host_phase::waiting) --waiting;
    if (is_active(host.phase)) --active;
    if (is_active(to)) ++active;
    host.phase = to;
    host.since = now;
}

void screen_state::start(events::host_started const& started, steady::time_point now) {
    if (started.again) {
        --(hosts[started.index].phase == host_phase::ok ? ok : failed);
        for (auto& group : failures) std::erase(group.hosts, started.index);
        std::erase_if(failures, [](failure_group const& group) { return group.hosts.empty(); });
        not_begun.reset();
    }
    move(started.index, host_phase::connecting, now);
}

void screen_state::run_at(std::size_t index, stage where, steady::time_point now) {
    move(index, host_phase::running, now);
    hosts[index].where = where;
}

std::size_t& screen_state::count_of(final_state state) noexcept {
    if (state == final_state::ok) return ok;
    if (state == final_state::stopped) return stopped;
    return state == final_state::not_started ? not_started : failed;
}

void screen_state::end(events::host_ended const& ended, steady::time_point now) {
    bool const good = ended.result.state == final_state::ok;
    auto& host = hosts[ended.index];
    move(ended.index, good ? host_phase::ok : host_phase::failed, now);
    ++count_of(ended.result.state);
    host.duration = ended.result.duration;
    host.line.clear();
    host.line.shrink_to_fit();
    host.open = false;
    if (good) return;
    failure_group_of(ended.result).hosts.push_back(ended.index);
}

/// Of hosts that had no turn there may be a million, one after the other.
failure_group& screen_state::failure_group_of(host_result const& result) {
    if (is_bare(result) && not_begun) return failures[*not_begun];
    auto const cause = error_of(result);
    auto const found = std::find_if(failures.begin(), failures.end(), [&](failure_group const& group) {
        return group.state == result.state && group.cause == cause.folded;
    });
    auto const place = static_cast<std::size_t>(found - failures.begin());
    if (found == failures.end()) failures.push_back({result.state, cause.folded, is_command_end(result), {}});
    if (is_bare(result)) not_begun = place;
    return failures[place];
}

/// Only the end of what came is looked at: the rest is not seen. What a carriage return has sent the cursor back over
/// stays until something is printed there, however the bytes were read.
void screen_state::take(events::output const& output, steady::time_point now) {
    auto& host = hosts[output.index];
    host.last_output = now;
    auto bytes = output.bytes;
    bool const ends = bytes.ends_with('\n');
    if (ends) bytes.remove_suffix(1);
    auto const last = bytes.rfind('\n');
    if (last != std::string_view::npos) bytes.remove_prefix(last + 1);
    if (last != std::string_view::npos || !host.open) begin_line(host);
    bool const returned = bytes.ends_with('\r');
    bytes = bytes.substr(0, bytes.find_last_not_of('\r') + 1);
    auto const back = bytes.rfind('\r');
    if (back != std::string_view::npos) bytes.remove_prefix(back + 1);
    if (back != std::string_view::npos || (host.returned && !bytes.empty())) begin_line(host);
    host.line += bytes.substr(0, longest_line - host.line.size());
    host.returned = host.returned || returned;
    host.open = !ends;
}

}  // namespace muster::output
