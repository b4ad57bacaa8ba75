// SPDX-License-Identifier: MIT
// What is told about a run besides its output.
#include "output/views/summary_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include <muster/host.hpp>
#include <muster/outcome.hpp>

#include "output/terminal/sanitise.hpp"
#include "output/words/batch_words.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t screenful = 20;     // lines after which what was told is out of sight
constexpr std::size_t longest_list = 20;  // hosts that who_runs names one by one
constexpr std::size_t kept_tails = 16;    // of failed hosts: one of the last is the culprit

std::string named(std::vector<std::string> const& hosts) {
    return hosts.size() == 1 ? hosts.front() : fmt::format("{} ({})", fold(hosts), hosts.size());
}

/// `keys`: those that cut the stop short.
std::string stop_line(events::stopping const& stop, std::string_view keys) {
    auto const limit = stop.cause == stop_cause::total ? "time limit reached: " : "";
    if (stop.running == 0) return stop.cause == stop_cause::total ? "time limit reached" : "";
    auto const hosts = hosts_in_words(stop.running);
    if (stop.soon) return fmt::format("{}nothing new starts, waiting for {} (Ctrl-C: stop now)", limit, hosts);
    auto const way = keys.empty() ? std::string() : fmt::format(" ({}: at once)", keys);
    return fmt::format("{}stopping {}{}", limit, hosts, way);
}

}  // namespace

summary_sink::summary_sink(writer& into, writer::target to, writer::target data, summary_extent told)
    : writer_(into),
      to_(to),
      data_(data),
      how_much_(told.how_much),
      tail_(told.how_much == verbosity::quiet ? 0 : told.tail),
      extent_(std::move(told)) {}

flow summary_sink::tell(event const& event) {
    block_.clear();
    rollout_.follow(event, steady::now());
    std::visit([this](auto const& kind) { handle(kind); }, event);
    writer_.write(to_, block_);
    return writer_.answer();
}

void summary_sink::handle(events::run_started const& run) {
    hosts_ = run.hosts;
    steps_.assign(hosts_.size(), {});
    tails_.clear();
    tails_.resize(tail_ > 0 ? hosts_.size() : 0);
    failed_.clear();
    awaited_culprit_.reset();
    told_culprit_.reset();
    culprit_lines_.clear();
    writer_.on_room(run.resume);
}

void summary_sink::handle(events::host_started const& started) {
    move(started.index, step::connecting);
    if (started.again) std::erase(failed_, started.index);
    auto const& host = hosts_[started.index];
    if (how_much_ != verbosity::verbose) return;
    say(host.host + (extent_.connects ? ": connecting" : ": starting a program here"));
}

void summary_sink::handle(events::host_retried const& failed) {
    if (how_much_ != verbosity::verbose) return;
    say(fmt::format("{}: {}: {}; trying again in {}", hosts_[failed.index].host, to_string(failed.stage),
                    sanitised(error_message(failed.remarks, failed.error)), in_words(failed.pause)));
}

void summary_sink::handle(events::command_sent const& sent) {
    auto const before = steps_[sent.index].since;
    move(sent.index, step::running);
    if (how_much_ != verbosity::verbose) return;
    auto const& host = hosts_[sent.index];
    auto const taken = in_words(steps_[sent.index].since - before);
    if (!extent_.connects) return say(fmt::format("{}: started in {}", host.host, taken));
    auto const to = host.via.empty() ? fmt::format("to {} port {}", host.address, host.port)
                                     : std::string("through its ProxyCommand");
    auto const keys = host.key_exchange.empty() ? std::string() : " (" + *host.key_exchange + ")";
    say(fmt::format("{}: connected {} as {} in {}{}, command sent", host.host, to, host.user, taken, keys));
}

void summary_sink::handle(events::step_started const& started) {
    steps_[started.index] = {step::at_stage, started.stage, steady::now()};
}

void summary_sink::handle(events::output const& piece) {
    if (told_culprit_)
        lines_since_ += static_cast<std::size_t>(std::count(piece.bytes.begin(), piece.bytes.end(), '\n'));
    if (tails_.empty()) return;
    auto& tail = tails_[piece.index];
    if (!tail) tail = std::make_unique<last_lines>(tail_);
    tail->feed(piece.from, piece.bytes);
}

/// A host that has ended may only be named as the culprit by one of the next events.
void summary_sink::forget_tail(events::host_ended const& ended) {
    if (tails_.empty() || !tails_[ended.index]) return;
    if (ended.result.state == final_state::ok) {
        tails_[ended.index].reset();
        return;
    }
    failed_.push_back(ended.index);
    if (failed_.size() <= kept_tails) return;
    tails_[failed_.front()].reset();
    failed_.pop_front();
}

void summary_sink::handle(events::host_lingers const& lingers) {
    if (how_much_ == verbosity::quiet || reader_left()) return;
    say(
        fmt::format("{}: the command has exited, but a process in the background goes on printing; followed for {} at "
                    "most (--linger)",
                    hosts_[lingers.index].host, in_words(lingers.most)));
}

void summary_sink::handle(events::stopping const& stop) {
    bool const is_told_by_batch = stop.cause == stop_cause::batch || stop.cause == stop_cause::gate ||
                                  stop.cause == stop_cause::approval || stop.cause == stop_cause::preflight;
    if (how_much_ == verbosity::quiet || reader_left() || is_told_by_batch) return;
    if (stop.culprit && steps_[*stop.culprit].at == step::ended) {
        tell_culprit(*stop.culprit);
        told_culprit_ = stop.culprit;
    } else {
        awaited_culprit_ = stop.culprit;
    }
    say_unless_quiet(stop_line(stop, keys_to_abort_ ? keys_to_abort_() : std::string_view()));
}

void summary_sink::handle(events::batch_started const& batch) {
    say_unless_quiet(batch_words(batch.what, batch.count, hosts_));
}

void summary_sink::handle(events::soaking const& batch) {
    say_unless_quiet(words_of(batch));
}

void summary_sink::handle(events::local_line const& line) {
    if (!reader_left()) say(words_of(line));
}

void summary_sink::handle(events::question_answered const& question) {
    has_refused_ = !question.answer.passed && question.kind != events::question::halted;
    say_unless_quiet(words_of(question, hosts_));
}

void summary_sink::handle(events::batch_ended const& batch) {
    if (!has_refused_) say_unless_quiet(words_of(batch, hosts_));
}

void summary_sink::handle(events::preflight_ended const& preflight) {
    say_unless_quiet(words_of(preflight));
}

void summary_sink::say_unless_quiet(std::string const& text) {
    if (how_much_ != verbosity::quiet && !text.empty() && !reader_left()) say(text);
}

void summary_sink::handle(events::host_ended const& ended) {
    move(ended.index, step::ended);
    if (awaited_culprit_ == ended.index) {
        tell_culprit(ended.index);
        told_culprit_ = std::exchange(awaited_culprit_, std::nullopt);
    }
    forget_tail(ended);
    if (how_much_ != verbosity::verbose) return;
    auto const why = explain(ended.result);
    bool const timed = why.empty() || is_command_end(ended.result);
    auto const after = timed ? " after " + in_words(ended.result.duration) : std::string();
    say(fmt::format("{}: {}{}", ended.result.host, why.empty() ? "ok" : why, after));
}

void summary_sink::handle(events::run_ended const& run) {
    tell_end(run.results);
    hosts_ = {};
}

void summary_sink::move(std::size_t index, step to) {
    steps_[index] = {to, stage::none, steady::now()};
}

void summary_sink::tell_culprit(std::size_t index) {
    auto const& culprit = hosts_[index];
    auto const lines = tails_.empty() || !tails_[index] ? std::vector<std::string>() : tails_[index]->lines();
    say(fmt::format("{}: {}{}", culprit.host, explain(culprit), lines.empty() ? "" : "; its last lines:"));
    for (auto const& line : lines) say(fmt::format("{}| {}", culprit.host, sanitised(line)));
    culprit_lines_ = lines;
    lines_since_ = 0;
}

/// On a terminal the table is the last word.
void summary_sink::tell_end(report const& results) {
    auto const& look = extent_.look;
    if (reader_left()) {
        block_ += unknown_text(results, look);
        return;
    }
    if (hints_)
        for (auto const& hint : hints_(results)) say(sanitised(hint, std::string::npos));
    end_hints hints{extent_.again, extent_.files, told_culprit_, {}};
    if (lines_since_ > screenful) hints.culprit_lines = culprit_lines_;
    auto const errors = told_errors(results);
    bool const quiet = how_much_ == verbosity::quiet, verbose = how_much_ == verbosity::verbose;
    auto const keys = quiet ? std::string() : host_keys_text(results, errors, look);
    if (verbose && look.terminal) tell_old_exchanges(results);
    if (look.terminal) block_ += keys;
    block_ += errors_text(results, errors, look, hints);
    if (!look.terminal) block_ += keys;
    block_ += quiet ? unknown_text(results, look) : counts_text(results, errors, look, hints);
    if (verbose && !look.terminal) tell_old_exchanges(results);
}

/// An attacker who records them today may read them with a quantum computer one day.
void summary_sink::tell_old_exchanges(report const& results) {
    std::vector<std::string> names;
    for (auto const& host : results.hosts) {
        bool const old = !host.key_exchange.empty() && host.key_exchange->find("mlkem") == std::string::npos;
        if (old) names.push_back(host.host);
    }
    if (!names.empty()) say(fmt::format("without a post-quantum key exchange: {} ({})", fold(names), names.size()));
}

void summary_sink::who_runs() {
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        if (steps_[i].at != step::waiting && steps_[i].at != step::ended) active.push_back(i);
    }
    std::stable_sort(active.begin(), active.end(),
                     [this](auto a, auto b) { return steps_[a].since < steps_[b].since; });
    block_.clear();
    if (auto const rollout = rollout_.words(steady::now()); !rollout.empty()) say(rollout);
    say(hosts_in_words(active.size()) + " running");
    auto const now = steady::now();
    auto const shown = std::min(active.size(), longest_list);
    for (std::size_t i = 0; i < shown; ++i) {
        auto const& [at, where, since] = steps_[active[i]];
        auto const what = at == step::connecting ? "connecting" : at == step::running ? "command" : to_string(where);
        say(fmt::format("{}: {} for {}", hosts_[active[i]].host, what, in_words(now - since)));
    }
    std::vector<std::string> others;
    for (std::size_t i = shown; i < active.size(); ++i) others.push_back(hosts_[active[i]].host);
    if (!others.empty()) say(named(others) + ": for less long");
    writer_.write(to_, block_);
}

void summary_sink::say(std::string_view text) {
    block_ += "muster: ";
    block_ += text;
    block_ += '\n';
}

bool summary_sink::reader_left() const {
    return writer_.failure(data_) == EPIPE;
}

}  // namespace muster::output
