// SPDX-License-Identifier: MIT
// Makes a table or lines of a report.
#include "output/views/run_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <muster/changed_host_key.hpp>
#include <muster/host.hpp>
#include <muster/outcome.hpp>

#include "hosts/fold.hpp"
#include "output/terminal/palette.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/shown_word.hpp"
#include "output/terminal/text_width.hpp"
#include "output/words/shortened_set.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t most_keys = 20;  // rows of a table of keys
constexpr std::size_t widest_hosts = 40, narrowest_hosts = 12;
constexpr std::size_t narrow = 64;  // columns of a terminal

std::string note(std::string_view text) {
    return fmt::format("muster: {}\n", text);
}

std::string list_of(report const& results, std::vector<std::size_t> const& hosts) {
    std::vector<std::string_view> names;
    names.reserve(hosts.size());
    for (auto const index : hosts) names.push_back(results.hosts[index].host);
    return hosts::fold(names);
}

std::string folded(report const& results, std::vector<std::size_t> const& hosts) {
    return sanitised(list_of(results, hosts), std::string::npos);
}

bool may_run(host_result const& result) {
    return result.command == command_fate::unknown;
}

/// What may follow in the same line.
std::string behind(std::string const& more) {
    return more.empty() ? more : "; " + more;
}

/// "120 hosts: 117 ok, 2 failed, 1 unreachable in 4.2 s"
std::string counted(report const& results) {
    state_counts const counts(results);
    auto text = fmt::format("{}: {} ok", hosts_in_words(results.hosts.size()), counts[final_state::ok]);
    for (auto state = final_state::failed;; state = static_cast<final_state>(static_cast<int>(state) + 1)) {
        if (auto const hosts = counts[state]) text += fmt::format(", {} {}", hosts, words(state));
        if (state == final_state::not_started) break;
    }
    return text + " in " + in_words(results.duration) + behind(pushes_in_words(results));
}

std::string_view ink_of(final_state state) {
    return weight_of(state) <= weight_of(final_state::timed_out) ? "\x1b[31m" : "\x1b[33m";
}

/// How wide the columns of the table are.
struct table {
    std::size_t words = 2;
    std::size_t digits = 1;
    std::size_t hosts = 0;
    bool causes_below = false;  // a narrow terminal has no room for them beside the hosts
};

table measured(report const& results, std::vector<told_error> const& errors, std::size_t terminal) {
    table columns;
    std::size_t hosts = 0, causes = 0;
    columns.digits = std::to_string(results.hosts.size()).size();
    for (auto const& error : errors) {
        if (error.group.state == final_state::ok) continue;
        columns.words = std::max(columns.words, words(error.group.state).size());
        hosts = std::max(hosts, columns_of_text(error.shown_hosts()));
        causes = std::max(causes, columns_of_text(without_stage(error.group.text)));
    }
    auto const before = columns.words + columns.digits + 6;  // the sign and what is between the columns
    auto const room = terminal - std::min(terminal, before);
    columns.causes_below = terminal < narrow && hosts + 2 + causes > room;
    auto const most = columns.causes_below ? room : std::max(room / 2, narrowest_hosts);
    columns.hosts = std::min({hosts, most, widest_hosts});
    return columns;
}

std::string padded(std::string text, std::size_t columns) {
    text.append(columns - std::min(columns, columns_of_text(text)), ' ');
    return text;
}

std::string row_of(told_error const& error, table const& columns, end_look const& look) {
    auto const& group = error.group;
    auto const marks = signs_of(look.utf8);
    auto const state = fmt::format("{} {:<{}}  {:>{}}", marks.failed, words(group.state), columns.words,
                                   group.hosts.size(), columns.digits);
    auto const ink = look.colour ? ink_of(group.state) : std::string_view();
    auto const end = look.colour ? plain_ink : std::string_view();
    auto const cause = without_stage(group.text);
    auto const room = look.columns - std::min(look.columns, columns_of_text(state) + 2);
    bool const below = columns.causes_below || columns.hosts + 2 + columns_of_text(cause) > room;
    auto const hosts = shortened_set(error.shown_hosts(), below ? room : columns.hosts, marks.cut);
    if (below) return fmt::format("{}{}{}  {}\n    {}\n", ink, state, end, hosts, cause);
    return fmt::format("{}{}{}  {}  {}\n", ink, state, end, padded(hosts, columns.hosts), cause);
}

std::string ok_row(report const& results, table const& columns, end_look const& look) {
    auto const ink = look.colour ? std::string_view("\x1b[32m") : std::string_view();
    auto const end = look.colour ? plain_ink : std::string_view();
    return fmt::format("{}{} {:<{}}  {:>{}}{}  {}{}\n", ink, signs_of(look.utf8).ok, "ok", columns.words,
                       count_of(results, final_state::ok), columns.digits, end, in_words(results.duration),
                       behind(pushes_in_words(results)));
}

// ---- keys

struct shown_key {
    std::string type;
    std::string fingerprint;
    friend bool operator<(shown_key const& a, shown_key const& b) {
        return std::tie(a.fingerprint, a.type) < std::tie(b.fingerprint, b.type);
    }
};

/// The key that made the host fail, if it was an unknown one.
std::optional<shown_key> unknown_key(host_result const& result) {
    if (result.state != final_state::host_key || !result.cause) return std::nullopt;
    try {
        std::rethrow_exception(result.cause);
    } catch (unknown_host_key const& error) {
        return shown_key{error.type(), error.fingerprint()};
    } catch (...) {
        return std::nullopt;
    }
}

using hosts_by_key = std::vector<std::pair<shown_key, std::vector<std::size_t>>>;

/// Keys in order of appearance, each with the hosts that have shown it.
hosts_by_key unknown_keys(report const& results) {
    hosts_by_key keys;
    std::map<shown_key, std::size_t> known;
    for (std::size_t i = 0; i < results.hosts.size(); ++i) {
        auto key = unknown_key(results.hosts[i]);
        if (!key) continue;
        auto const [place, fresh] = known.try_emplace(*key, keys.size());
        if (fresh) keys.push_back({*key, {}});
        keys[place->second].second.push_back(i);
    }
    return keys;
}

/// Several unknown keys once more as a table, to be compared before they are accepted.
std::string keys_text(report const& results, end_look const& look) {
    auto const keys = unknown_keys(results);
    std::size_t hosts = 0, width = 0;
    auto const shown = std::min(keys.size(), most_keys);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        hosts += keys[i].second.size();
        if (i >= shown) continue;
        names.push_back(shortened_set(folded(results, keys[i].second), widest_hosts, signs_of(look.utf8).cut));
        width = std::max(width, columns_of_text(names.back()));
    }
    if (hosts < 2) return {};
    auto text = note(fmt::format("{} have shown keys that are not known:", hosts_in_words(hosts)));
    for (std::size_t i = 0; i < shown; ++i) {
        auto const& key = keys[i].first;
        text += note(fmt::format("  {}  {:8}  {}", padded(names[i], width), key.type, key.fingerprint));
    }
    if (keys.size() > shown) text += note(fmt::format("  and {} other keys", keys.size() - shown));
    return text + note(
                      "compare them with ssh-keygen -l -f /etc/ssh/ssh_host_*_key.pub there; --accept-new adds them to "
                      "known_hosts");
}

// ---- keys that have changed

/// File and name of a key that is not the known one.
std::optional<std::pair<std::string, std::string>> changed_key(host_result const& result) {
    if (result.state != final_state::host_key || !result.cause) return std::nullopt;
    try {
        std::rethrow_exception(result.cause);
    } catch (changed_host_key const& error) {
        if (error.file().empty()) return std::nullopt;
        return std::pair{error.file(), error.name()};
    } catch (...) {
        return std::nullopt;
    }
}

/// One command for all hosts whose known keys lie in one file. Two hosts may have one address.
std::string forget_text(report const& results) {
    std::set<std::pair<std::string, std::string>> keys;
    std::map<std::string, std::string> names;
    for (auto const& host : results.hosts)
        if (auto const key = changed_key(host); key && keys.insert(*key).second)
            names[key->first] += ' ' + shown_word(key->second);
    std::string text;
    for (auto const& [file, list] : names)
        text +=
            note(fmt::format("if these hosts were reinstalled, forget their keys: for h in{}; do ssh-keygen -R \"$h\" "
                             "-f {}; done",
                             list, shown_word(file)));
    return text;
}

/// Mostly these are the hosts of one error, whose list is there already.
std::string list_of_rest(report const& results, std::vector<std::size_t> const& rest,
                         std::vector<told_error> const& errors) {
    for (auto const& error : errors)
        if (error.group.hosts == rest) return error.hosts;
    return list_of(results, rest);
}

/// The last run's hosts that did not end ok are those of the command: in short.
std::string_view in_short(report const& results, rerun const& how) {
    bool const is_same = !how.remembered.empty() && !how.is_recorded && !is_past_gate(results, how) &&
                         std::ranges::none_of(results.hosts, may_run);
    return is_same ? "      (or --failed)" : "";
}

std::string again_text(report const& results, std::vector<told_error> const& errors, end_hints const& hints,
                       end_look const& look) {
    auto const list = [&](std::vector<std::size_t> const& rest) { return list_of_rest(results, rest, errors); };
    auto const* const label = is_past_gate(results, hints.again) ? "" : look.terminal ? "again:  " : "again: ";
    auto const* const before = look.terminal ? "  " : "muster: ";
    auto const* const before_more = look.terminal ? "          " : "muster:        ";
    std::string text;
    for (auto const& line : rerun_lines(results, hints.again, list)) {
        if (!text.empty()) {
            text += before_more + line + "\n";
            continue;
        }
        auto const more = look.terminal ? in_short(results, hints.again) : std::string_view();
        bool const fits = columns_of_text(line) + columns_of_text(more) + 10 <= look.columns;
        text = fmt::format("{}{}{}{}\n", before, label, line, fits ? more : "");
    }
    return text;
}

std::string time_limit_text(report const& results) {
    for (auto const& host : results.hosts)
        for (auto const& remark : host.remarks)
            if (remark.code == remark_code::total_timeout) return "--total-timeout, " + in_words(remark.limit);
    return "--total-timeout";
}

/// Empty: what stopped the run, if anything did, was told as the last of the lines above, or the user did it.
std::string cause_of_stop(report const& results) {
    if (results.cause == stop_cause::total) return "the limit on the run has passed (" + time_limit_text(results) + ")";
    if (!results.culprit) return {};
    auto const& culprit = results.hosts[*results.culprit];
    return sanitised(culprit.host) + ": " + without_stage(explain(culprit));
}

std::string stop_text(report const& results, end_look const& look, end_hints const& hints) {
    auto const cause = cause_of_stop(results);
    if (cause.empty()) return {};
    auto text =
        fmt::format("{}stopped because: {}{}\n", look.colour ? "\x1b[31m" : "", cause, look.colour ? plain_ink : "");
    if (!results.culprit) return text;
    for (auto const& line : hints.culprit_lines)
        text += fmt::format("  {}| {}\n", sanitised(results.hosts[*results.culprit].host), sanitised(line));
    return text;
}

/// A hook has taken it out of its service, or has begun to, and none has brought it back.
bool is_as_before_left_it(host_result const& host) {
    auto const was_taken_out = [](step_result const& step) {
        return step.stage == stage::before && (step.state == final_state::ok || step.state == final_state::stopped);
    };
    return host.state != final_state::ok && std::ranges::any_of(host.steps, was_taken_out);
}

std::string line_of_hosts(report const& results, end_look const& look, bool (*takes)(host_result const&),
                          char const* what) {
    std::vector<std::size_t> hosts;
    for (std::size_t i = 0; i < results.hosts.size(); ++i)
        if (takes(results.hosts[i])) hosts.push_back(i);
    if (hosts.empty()) return {};
    auto const text = what + folded(results, hosts);
    return look.terminal ? fmt::format("  {}\n", text) : note(text);
}

}  // namespace

std::string told_error::shown_hosts() const {
    return sanitised(hosts, std::string::npos);
}

std::vector<told_error> told_errors(report const& results) {
    std::vector<told_error> errors;
    for (auto& group : grouped_errors(results)) {
        auto hosts = list_of(results, group.hosts);
        errors.push_back({std::move(group), std::move(hosts)});
    }
    return errors;
}

/// On a terminal warnings stand in front of the table.
std::string errors_text(report const& results, std::vector<told_error> const& errors, end_look const& look,
                        end_hints const& hints) {
    auto const columns = look.terminal ? measured(results, errors, look.columns) : table();
    std::string lines, rows;
    for (auto const& error : errors) {
        auto const& group = error.group;
        bool const warning = group.state == final_state::ok;
        bool const told = group.hosts.size() == 1 && hints.culprit == group.hosts.front();
        auto const count = group.hosts.size() == 1 ? std::string() : fmt::format(" ({})", group.hosts.size());
        if (look.terminal && !warning) {
            rows += row_of(error, columns, look);
        } else if (!told) {
            lines += note(fmt::format("{}{}: {}", error.shown_hosts(), count, group.text));
        }
    }
    return lines + rows;
}

std::string host_keys_text(report const& results, std::vector<told_error> const& errors, end_look const& look) {
    bool const keys =
        std::ranges::any_of(errors, [](auto const& error) { return error.group.state == final_state::host_key; });
    return keys ? keys_text(results, look) + forget_text(results) : std::string();
}

std::string counts_text(report const& results, std::vector<told_error> const& errors, end_look const& look,
                        end_hints const& hints) {
    if (!look.terminal) {
        auto const where = hints.files.empty() ? std::string() : "; output in " + sanitised(hints.files);
        auto const counts = results.hosts.empty() ? std::string() : note(counted(results) + where);
        return counts + unknown_text(results, look) + again_text(results, errors, hints, look);
    }
    std::string text;
    if (!results.hosts.empty()) text = ok_row(results, measured(results, errors, look.columns), look);
    text += unknown_text(results, look);
    if (!hints.files.empty()) text += fmt::format("  output in {}\n", sanitised(hints.files));
    return text + again_text(results, errors, hints, look) + stop_text(results, look, hints);
}

std::string unknown_text(report const& results, end_look const& look) {
    return line_of_hosts(results, look, may_still_run, "may still run: ") +
           line_of_hosts(results, look, is_as_before_left_it, "as --before left them: ");
}

}  // namespace muster::output
