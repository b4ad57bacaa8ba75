// SPDX-License-Identifier: MIT
// Splits a Match line into conditions and checks each of them.
#include "ssh_config/match_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include "hosts/host_text.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/network_list.hpp"

namespace muster::ssh_config {

using hosts::printable;

namespace {

using kind = criterion_kind;

struct criterion_name {
    std::string_view text;
    criterion_kind kind;
};

constexpr criterion_name names[] = {
    {"all", kind::all},
    {"canonical", kind::canonical},
    {"final", kind::final},
    {"host", kind::host},
    {"originalhost", kind::original_host},
    {"user", kind::user},
    {"localuser", kind::local_user},
    {"localnetwork", kind::local_network},
    {"tagged", kind::tagged},
    {"command", kind::command},
    {"sessiontype", kind::session_type},
    {"version", kind::version},
    {"exec", kind::exec},
};

using words = std::deque<std::string>;

bool takes_argument(criterion_kind kind) {
    return kind != kind::all && kind != kind::canonical && kind != kind::final;
}

bool may_be_empty(criterion_kind kind) {
    return kind == kind::tagged || kind == kind::command;
}

criterion_kind kind_of(std::string_view name) {
    auto const* found = std::ranges::find(names, name, &criterion_name::text);
    if (found == std::end(names))
        throw config_line_error(fmt::format("match: unknown condition \"{}\"", printable(name)));
    return found->kind;
}

std::string take(words& line) {
    auto word = std::move(line.front());
    line.pop_front();
    return word;
}

void check_argument(criterion const& condition, std::string_view name) {
    if (condition.argument.empty() && !may_be_empty(condition.kind))
        throw config_line_error(fmt::format("match: {} needs a value", name));
    if (condition.kind != kind::local_network) return;
    if (auto const error = networks_fault(condition.argument))
        throw config_line_error(fmt::format("match: {}: {}", name, *error));
}

/// "name=value" is one word where quotes may hold blanks, two words otherwise.
criterion take_criterion(words& line) {
    auto word = take(line);
    auto const negated = word.starts_with('!');
    if (negated) word.erase(0, 1);
    auto const equals = std::min(word.find('='), word.size());
    auto const name = lower(word.substr(0, equals));
    criterion out{kind_of(name), negated, {}};
    if (!takes_argument(out.kind)) return out;
    if (equals < word.size()) {
        out.argument = word.substr(equals + 1);
    } else {
        if (line.empty()) throw config_line_error(fmt::format("match: {} needs a value", name));
        out.argument = take(line);
    }
    check_argument(out, name);
    if (out.kind == kind::host || out.kind == kind::original_host) out.argument = lower(out.argument);
    return out;
}

std::vector<criterion> parse(std::vector<std::string> const& split) {
    words line(split.begin(), split.end());
    std::vector<criterion> out;
    while (!line.empty()) out.push_back(take_criterion(line));
    if (out.empty()) throw config_line_error("match: a condition is missing");
    for (std::size_t i = 0; i < out.size(); ++i)
        if (out[i].kind == kind::all && (i > 1 || i + 1 < out.size()))
            throw config_line_error("match: \"all\" can't be combined with other conditions");
    return out;
}

}  // namespace

std::vector<criterion> parse_match(std::string_view rest) {
    try {
        return parse(split_words(rest));
    } catch (config_line_error const& newer) {
        try {
            return parse(split_old_words(rest));
        } catch (config_line_error const&) {
            throw newer;
        }
    }
}

}  // namespace muster::ssh_config
