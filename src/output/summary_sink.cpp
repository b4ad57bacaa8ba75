// SPDX-License-Identifier: MIT
// What is told about a run besides its output.
#include "output/summary_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include <muster/host.hpp>
#include <muster/outcome.hpp>

#include "output/sanitise.hpp"
#include "output/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_hint = 4000;  // a list of hosts that nobody would copy
constexpr std::size_t longest_list = 20;    // hosts that who_runs names one by one
constexpr std::size_t kept_tails = 16;      // of failed hosts: one of the last is the culprit

struct error_group {
    std::string text;
    std::vector<std::string> hosts;
    std::size_t first;  // index of the first of them
};

/// Hosts with the same error together, in order of first appearance.
std::vector<error_group> grouped(report const& results) {
    std::vector<error_group> groups;
    std::unordered_map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < results.hosts.size(); ++i) {
        auto text = explain(results.hosts[i]);
        if (text.empty()) continue;
        auto const [place, fresh] = known.try_emplace(text, groups.size());
        if (fresh) groups.push_back({std::move(text), {}, i});
        groups[place->second].hosts.push_back(results.hosts[i].host);
    }
    return groups;
}

std::string named(std::vector<std::string> const& hosts) {
    return hosts.size() == 1 ? hosts.front() : fmt::format("{} ({})", fold(hosts), hosts.size());
}

std::size_t count(report const& results, final_state state) {
    return static_cast<std::size_t>(std::count_if(results.hosts.begin(), results.hosts.end(),
                                                  [state](auto const& one) { return one.state == state; }));
}

/// "120 hosts: 117 ok, 2 failed, 1 unreachable in 4.2 s"
std::string counted(report const& results) {
    auto text = fmt::format("{}: {} ok", hosts_in_words(results.hosts.size()), count(results, final_state::ok));
    for (auto state = final_state::failed;; state = final_state{static_cast<int>(state) + 1}) {
        if (auto const hosts = count(results, state)) text += fmt::format(", {} {}", hosts, words(state));
        if (state == final_state::not_started) break;
    }
    return text + " in " + in_words(results.duration);
}

std::string stop_line(events::stopping const& stop) {
    auto const limit = stop.cause == stop_cause::total ? "time limit reached: " : "";
    if (stop.running == 0) return fmt::format("{}stopping", limit);
    auto const hosts = hosts_in_words(stop.running);
    if (stop.soon) return fmt::format("{}nothing new starts, waiting for {} (Ctrl-C: stop now)", limit, hosts);
    return fmt::format("{}stopping {} (Ctrl-C again: at once)", limit, hosts);
}

template <class Take>
std::vector<std::string> labels(report const& results, Take take) {
    std::vector<std::string> names;
    for (auto const& one : results.hosts) {
        if (take(one)) names.push_back(one.host);
    }
    return names;
}

/// As a shell reads it as one word (POSIX.1-2017, shell command language 2.2).
std::string shell_word(std::string const& text) {
    constexpr auto plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@%";
    if (text.find_first_not_of(plain) == std::string::npos) return text;
    std::string word = "'";
    for (char const one : text) word += one == '\'' ? std::string("'\\''") : std::string(1, one);
    return word + "'";
}

struct shown_key {
    std::string host;
    std::string type;
    std::string fingerprint;
};

/// The key that made the host fail, if it was an unknown one.
std::optional<shown_key> unknown_key(host_result const& one) {
    if (one.state != final_state::host_key || !one.cause) return std::nullopt;
    try {
        std::rethrow_exception(one.cause);
    } catch (unknown_host_key const& error) {
        return shown_key{one.host, error.type(), error.fingerprint()};
    } catch (...) {
        return std::nullopt;
    }
}

bool may_run(host_result const& one) {
    return one.command == command_fate::unknown;
}

}  // namespace

flow summary_sink::tell(event const& what) {
    block_.clear();
    std::visit([this](auto const& one) { handle(one); }, what);
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
    writer_.on_room(run.resume);
}

void summary_sink::handle(events::host_started const& started) {
    move(started.index, step::connecting);
    auto const& host = hosts_[started.index];
    if (how_much_ == verbosity::verbose) say(host.host + ": connecting");
}

void summary_sink::handle(events::host_retried const& failed) {
    if (how_much_ != verbosity::verbose) return;
    say(fmt::format("{}: {}: {}; trying again in {}", hosts_[failed.index].host, to_string(failed.at), failed.reason,
                    in_words(failed.pause)));
}

void summary_sink::handle(events::command_sent const& sent) {
    auto const before = steps_[sent.index].since;
    move(sent.index, step::running);
    if (how_much_ != verbosity::verbose) return;
    auto const& host = hosts_[sent.index];
    say(fmt::format("{}: connected to {} port {} as {} in {}, command sent", host.host, host.address, host.port,
                    host.user, in_words(steps_[sent.index].since - before)));
}

void summary_sink::handle(events::output const& piece) {
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
    if (how_much_ == verbosity::quiet || reader_left()) return;
    if (stop.culprit && steps_[*stop.culprit].at == step::ended) {
        tell_culprit(*stop.culprit);
        told_culprit_ = stop.culprit;
    } else {
        awaited_culprit_ = stop.culprit;
    }
    say(stop_line(stop));
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
    say(fmt::format("{}: {} after {}", ended.result.host, why.empty() ? "ok" : why, in_words(ended.result.duration)));
}

void summary_sink::handle(events::run_ended const& run) {
    bool const silent = reader_left();
    if (!silent) tell_errors(run.results);
    if (!silent && how_much_ != verbosity::quiet) tell_unknown_keys(run.results);
    if (!silent && how_much_ != verbosity::quiet) say(counted(run.results));
    tell_unknown(run.results);
    if (!silent && how_much_ != verbosity::quiet) ledger_.empty() ? tell_rest(run.results) : tell_resume(run.results);
    hosts_ = {};
}

void summary_sink::move(std::size_t index, step to) {
    steps_[index] = {to, steady::now()};
}

void summary_sink::tell_culprit(std::size_t index) {
    auto const& culprit = hosts_[index];
    auto const lines = tails_.empty() || !tails_[index] ? std::vector<std::string>() : tails_[index]->lines();
    say(fmt::format("{}: {}{}", culprit.host, explain(culprit), lines.empty() ? "" : "; its last lines:"));
    for (auto const& line : lines) say(fmt::format("{}| {}", culprit.host, sanitised(line)));
}

void summary_sink::tell_errors(report const& results) {
    for (auto const& group : grouped(results)) {
        bool const told = group.hosts.size() == 1 && told_culprit_ == group.first;
        if (!told) say(fmt::format("{}: {}", named(group.hosts), group.text));
    }
}

/// Several unknown keys once more as a table, to be compared before they are accepted.
void summary_sink::tell_unknown_keys(report const& results) {
    std::vector<shown_key> keys;
    std::size_t width = 0;
    for (auto const& one : results.hosts) {
        if (auto key = unknown_key(one)) keys.push_back(std::move(*key));
    }
    if (keys.size() < 2) return;
    for (auto const& one : keys) width = std::max(width, one.host.size());
    say(fmt::format("{} have shown keys that are not known:", hosts_in_words(keys.size())));
    for (auto const& one : keys) say(fmt::format("  {:{}}  {:8}  {}", one.host, width, one.type, one.fingerprint));
    say("compare them with ssh-keygen -l -f /etc/ssh/ssh_host_*_key.pub there; --accept-new adds them to known_hosts");
}

void summary_sink::tell_unknown(report const& results) {
    auto const names = labels(results, may_run);
    if (!names.empty()) say("may still run: " + fold(names));
}

/// Which hosts to give to the next run: what did not end `ok`, but for commands that may still run.
void summary_sink::tell_rest(report const& results) {
    auto const names = labels(results, [](auto const& one) { return one.state != final_state::ok && !may_run(one); });
    if (names.empty() || names.size() == results.hosts.size()) return;
    auto const list = fold(names);
    if (list.size() <= longest_hint) say(fmt::format("to run the rest: -w '{}'", list));
}

void summary_sink::tell_resume(report const& results) {
    if (count(results, final_state::ok) == results.hosts.size()) return;
    auto const resume = "to run the rest: --resume " + shell_word(ledger_);
    bool const unknown = std::any_of(results.hosts.begin(), results.hosts.end(), may_run);
    say(unknown ? resume + " (with --resume-unknown also where it may still run)" : resume);
}

void summary_sink::who_runs() {
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        if (steps_[i].at == step::connecting || steps_[i].at == step::running) active.push_back(i);
    }
    std::stable_sort(active.begin(), active.end(),
                     [this](auto a, auto b) { return steps_[a].since < steps_[b].since; });
    block_.clear();
    say(hosts_in_words(active.size()) + " running");
    auto const now = steady::now();
    auto const shown = std::min(active.size(), longest_list);
    for (std::size_t i = 0; i < shown; ++i) {
        auto const& [at, since] = steps_[active[i]];
        say(fmt::format("{}: {} for {}", hosts_[active[i]].host, at == step::running ? "command" : "connecting",
                        in_words(now - since)));
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
