// SPDX-License-Identifier: MIT
// Recognises words in the wrong place.
#include "cli/hosts/mistakes.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <muster/copy.hpp>

#include "cli/options/option_table.hpp"
#include "cli/options/variables.hpp"
#include "hosts/advice.hpp"
#include "hosts/host_text.hpp"
#include "hosts/near_miss.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

using strings = std::vector<std::string>;

constexpr std::size_t longest_note = 60;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string first_word(std::string const& text) {
    std::string word;
    std::istringstream(text) >> word;
    return word;
}

/// Host, alias or range, to judge by its characters.
bool may_be_host(std::string_view word) {
    auto const position = word.rfind('@');
    if (position != std::string_view::npos && position > 0) word.remove_prefix(position + 1);
    return !word.empty() && word.front() != '[' && !hosts::name_part_fault(word.substr(0, word.find(':')), "[],");
}

/// "web12.example.com" and "web[1-3].example.com" are "web#.example.com".
std::string shape_of(std::string_view word) {
    std::string shape;
    for (std::size_t i = 0; i < word.size(); ++i) {
        bool const bracket = word[i] == '[' && word.find(']', i) != std::string_view::npos;
        if (!bracket && !is_digit(word[i])) {
            shape += hosts::to_lower(word[i]);
            continue;
        }
        if (bracket) i = word.find(']', i);
        if (!shape.ends_with('#')) shape += '#';
    }
    return shape;
}

std::string domain_of(std::string const& name) {
    auto const dot = name.find('.');
    bool const has_domain = dot != std::string::npos && name.find_first_not_of("0123456789.", dot) != std::string::npos;
    return has_domain ? name.substr(dot) : "";
}

/// They differ in numbers alone, or are of one domain.
bool are_siblings(std::string const& word, std::string const& host) {
    auto const shape = shape_of(word);
    if (shape.find('#') != std::string::npos && shape == shape_of(host)) return true;
    auto const domain = domain_of(word);
    return domain.find('.', 1) != std::string::npos && domain == domain_of(host);
}

strings items_of(strings const& lists) {
    strings out;
    for (auto const& list : lists) {
        std::size_t depth = 0;
        std::string item;
        for (char const c : list + ",") {
            if (c == '[') ++depth;
            if (c == ']' && depth > 0) --depth;
            bool const ends = depth == 0 && std::string_view(",!&^ \t\n").find(c) != std::string_view::npos;
            if (!ends) item += c;
            if (ends && !item.empty()) out.push_back(std::exchange(item, ""));
        }
    }
    return out;
}

bool is_program(std::string const& word, environment const& variables) {
    if (word.find('/') != std::string::npos) return false;
    auto const* const path = variables("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string path_to; std::getline(folders, path_to, ':');) {
        if (path_to.empty()) continue;
        path_to.append("/").append(word);
        if (::access(path_to.c_str(), X_OK) == 0) return true;
    }
    constexpr std::array<std::string_view, 8> of_shells = {"cd",    "set",  "export", "ulimit",
                                                           "umask", "type", "exec",   "if"};
    return std::ranges::find(of_shells, word) != of_shells.end();
}

bool is_known(std::string const& word, host_sources& sources) {
    try {
        auto const known = sources.known_hosts();
        return std::ranges::find(known, word) != known.end();
    } catch (std::exception const&) {  // told where the configuration is needed
        return false;
    }
}

void check_for_hosts(std::string const& word, arguments const& args, host_sources& sources,
                     environment const& variables) {
    if (!may_be_host(word)) return;
    auto const items = items_of(args.hosts);
    bool const is_sibling = std::ranges::any_of(items, [&](auto const& item) { return are_siblings(word, item); });
    if (is_program(word, variables) || !(is_sibling || is_known(word, sources))) return;
    throw usage_error(
        fmt::format("'{}' looks like a host; separate hosts with commas, or put -- before the command", word));
}

void check_for_command(std::string const& word, arguments const& args, host_sources& sources,
                       environment const& variables) {
    if (!args.hosts_by_word || args.hosts.size() != 1) return;
    auto const& hosts = args.hosts.front();
    bool const is_command = std::ranges::none_of(hosts, is_digit) && is_program(hosts, variables);
    if (!is_command || !may_be_host(word) || is_program(word, variables) || is_known(hosts, sources)) return;
    bool const has_digit = std::ranges::any_of(word, is_digit);
    if (!has_digit && word.find('.') == std::string::npos && !is_known(word, sources)) return;
    throw usage_error(
        fmt::format("the first word is HOSTS, and '{}' is a command here: muster {} {} (or -w {} where it "
                    "is a host)",
                    hosts, word, hosts, hosts));
}

/// A line of another program's file of hosts, in which what stands behind a blank is no host.
void check_for_line(std::string const& list) {
    if (list.find_first_of(" \t") == std::string::npos) return;
    if (auto const mistake = hosts::mistake_in_line(list); !mistake.empty())
        throw usage_error(fmt::format("'{}': {}", output::sanitised(list, longest_note), mistake));
}

/// Set for commands of --transport exec, for shards, for a muster under another one, and by the programs that build and
/// test muster.
bool is_of_others(std::string_view name) {
    constexpr std::array<std::string_view, 9> others = {"MUSTER_HOST",    "MUSTER_SHARDS",     "MUSTER_PARENT_GRACE",
                                                        "MUSTER_PROGRAM", "MUSTER_SOURCE_DIR", "MUSTER_LONG",
                                                        "MUSTER_UPDATE",  "MUSTER_SEED",       "MUSTER_CACHE"};
    return std::ranges::find(others, name) != others.end() || name.starts_with("MUSTER_FLEET");
}

std::string warning_of(std::string const& name) {
    constexpr std::size_t prefix = std::string_view("MUSTER_").size();
    strings known;
    for (auto const& row : option_table()) {
        if (variable_name(row) == name)
            return row.has_variable ? ""
                                    : fmt::format("the variable {} means nothing: --{} is for the command line only",
                                                  name, row.name);
        if (row.has_variable) known.push_back(variable_name(row).substr(prefix));
    }
    return fmt::format("there is no variable {}{}", output::sanitised(name, longest_note),
                       hosts::did_you_mean(name.substr(prefix), known, "MUSTER_"));
}

/// Of the words behind the command's first one, the first that is an option of muster.
std::string option_in(std::string const& command) {
    std::istringstream words(command);
    std::string word;
    words >> word;
    while (words >> word) {
        auto const name = std::string_view(word).substr(0, word.find('='));
        if (name.starts_with("--") && name.size() > 3 && find_option(name.substr(2)) != nullptr)
            return std::string(name);
    }
    return {};
}

void note_misplaced_option(report const& results, arguments const& args, strings& to) {
    bool const all_failed =
        std::ranges::all_of(results.hosts, [](host_result const& host) { return host.state == final_state::failed; });
    auto const option = all_failed ? option_in(args.command) : std::string();
    if (!option.empty())
        to.push_back(
            fmt::format("{} stands behind the command's first word and went to {}; options of muster stand "
                        "before it",
                        option, output::sanitised(first_word(args.command), longest_note)));
}

/// The words of the script's first line; the file may be gone by now.
std::string interpreter_of(std::string const& script) {
    try {
        auto const words = script_of(script).interpreter;
        return fmt::format("{}", fmt::join(words, " "));
    } catch (copy_error const&) {
        return "the interpreter";
    }
}

void note_not_found(report const& results, arguments const& args, strings& to) {
    bool const is_nowhere = std::ranges::all_of(results.hosts, [](auto const& host) { return host.status == 127U; });
    if (is_nowhere && !args.script.empty())
        to.push_back(fmt::format("exit status 127: {}, which {} is for, or a command in it was not found there",
                                 output::sanitised(interpreter_of(args.script), longest_note),
                                 output::sanitised(args.script, longest_note)));
    else if (is_nowhere)
        to.push_back(fmt::format(
            "{} was not found there (exit status 127){}", output::sanitised(first_word(args.command), longest_note),
            find_option("script") == nullptr ? "" : "; a script of this machine runs with --script"));
}

void note_near_misses(report const& results, host_sources& sources, strings& to) {
    constexpr std::size_t most = 3;
    strings known;
    for (auto const& host : results.hosts) {
        if (host.state != final_state::unreachable || host.stage != stage::resolve) continue;
        if (known.empty()) known = sources.known_hosts();
        auto const hint = hosts::did_you_mean(host.address, known, "");
        if (hint.empty() || std::ranges::find(known, host.host) != known.end()) continue;
        to.push_back(host.host + hint);
        if (to.size() == most) return;
    }
}

/// By its first lines: a section, a variable of Ansible, YAML.
bool is_inventory(std::string const& path) {
    constexpr std::size_t most_lines = 20, longest_line = 500;
    std::ifstream file(path);
    std::string line;
    for (std::size_t i = 0; i < most_lines && std::getline(file, line) && line.size() < longest_line; ++i) {
        if (line.starts_with("-----BEGIN")) return false;
        line.erase(line.find_last_not_of(" \t\r") + 1);
        if (line.find(" ansible_") != line.npos || hosts::mistake_in_line(line).ends_with("--inventory")) return true;
    }
    return false;
}

}  // namespace

void check_words(arguments const& args, host_sources& sources, environment const& variables) {
    for (auto const& list : args.hosts) check_for_line(list);
    if (args.command_is_marked) return;
    auto const word = first_word(args.command);
    check_for_command(word, args, sources, variables);
    check_for_hosts(word, args, sources, variables);
}

void check_identities(arguments const& args) {
    for (auto const& path : args.ssh.identities)
        if (is_inventory(path))
            throw usage_error(
                fmt::format("-i {}: this looks like an inventory, not like a private key; read it with "
                            "--inventory",
                            output::sanitised(path, longest_note)));
}

strings warnings_of_variables(char const* const* entries) {
    strings out;
    auto const variables = [entries](char const* wanted) -> char const* {
        std::string const start = std::string(wanted) + '=';
        for (auto const* const* each = entries; each != nullptr && *each != nullptr; ++each)
            if (std::string_view(*each).starts_with(start)) return *each + start.size();
        return nullptr;
    };
    for (; entries != nullptr && *entries != nullptr; ++entries) {
        std::string_view const entry = *entries;
        auto const name = entry.substr(0, entry.find('='));
        if (!name.starts_with("MUSTER_") || is_of_others(name) || is_told_by_run(name, variables)) continue;
        if (auto warning = warning_of(std::string(name)); !warning.empty()) out.push_back(std::move(warning));
    }
    return out;
}

strings afterthoughts(report const& results, arguments const& args, host_sources& sources) {
    strings out;
    if (args.quiet || results.hosts.empty()) return out;
    note_misplaced_option(results, args, out);
    note_not_found(results, args, out);
    try {
        note_near_misses(results, sources, out);
    } catch (std::exception const&) {
        return out;  // a hint is not worth an error
    }
    return out;
}

}  // namespace muster::cli
