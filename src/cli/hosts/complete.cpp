// SPDX-License-Identifier: MIT
// Collects names, and keeps those that begin as the item does.
#include "cli/hosts/complete.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "cli/hosts/host_sources.hpp"
#include "cli/hosts/targets.hpp"
#include "cli/options/transport_table.hpp"
#include "hosts/host_text.hpp"
#include "hosts/run_states.hpp"

namespace muster::cli {

namespace {

using names = std::set<std::string>;

/// The list up to its last item, and that item.
struct list_end {
    std::string before;
    std::string item;
};

list_end end_of(std::string const& word) {
    auto const separator = word.find_last_of(",!& \t\n");
    auto begin = separator == std::string::npos ? 0 : separator + 1;
    if (begin < word.size() && word[begin] == '-') ++begin;
    if (auto const user = word.rfind('@'); user != std::string::npos && user > begin) begin = user + 1;
    return {word.substr(0, begin), word.substr(begin)};
}

/// What may fail in silence.
void quietly(std::function<void()> const& action) {
    try {
        action();
    } catch (std::exception const&) {
        return;
    }
}

/// The first field of a line of known_hosts: names with commas, patterns and hashes among them.
void add_known_hosts_line(std::string_view line, names& to) {
    auto const end = line.find_first_of(" \t");
    if (line.empty() || line.front() == '#' || line.front() == '@' || line.front() == '|') return;
    auto field = line.substr(0, end);
    while (!field.empty()) {
        auto const comma = std::min(field.find(','), field.size());
        auto name = field.substr(0, comma);
        field.remove_prefix(std::min(comma + 1, field.size()));
        if (name.starts_with('[')) name = name.substr(1, name.find(']') - 1);
        if (!hosts::name_fault(name)) to.emplace(name);
    }
}

void add_known_hosts(arguments const& args, host_sources& sources, names& to) {
    auto const endpoint = make_endpoints(parse_hosts("localhost"), args, sources).front();
    auto files = endpoint.settings->user_known_hosts;
    files.insert(files.end(), endpoint.settings->global_known_hosts.begin(),
                 endpoint.settings->global_known_hosts.end());
    for (auto const& path : files) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) add_known_hosts_line(line, to);
    }
}

names hosts_known(arguments const& args, host_sources& sources) {
    names out;
    quietly([&] {
        for (auto const& name : sources.known_hosts()) out.insert(name);
    });
    if (transport_of(args).reads_ssh_config) quietly([&] { add_known_hosts(args, sources, out); });
    return out;
}

names groups_known(std::string const& item, host_sources& sources) {
    names out;
    auto const colon = item.find(':');
    auto const source = colon == std::string::npos ? std::string() : item.substr(1, colon - 1);
    if (source == "last")
        for (auto const state : hosts::run_states) out.insert("@last:" + std::string(state));
    auto const before = source.empty() ? std::string("@") : fmt::format("@{}:", source);
    quietly([&] {
        for (auto const& group : sources.groups().names(source)) out.insert(fmt::format("{}{}", before, group));
    });
    if (source.empty())
        quietly([&] {
            for (auto const& each : sources.groups().sources()) out.insert("@" + each + ":");
            out.insert("@last:");
        });
    return out;
}

}  // namespace

std::string completions_of(arguments args) {
    std::erase_if(args.inventories, [](std::string const& from) { return from.ends_with('|') || from == "-"; });
    args.dry_run = true;  // looks no name up
    args.quiet = true;
    host_sources sources(args, std::getenv);
    auto const [before, item] = end_of(args.complete);
    std::string out;
    for (auto const& name : item.starts_with('@') ? groups_known(item, sources) : hosts_known(args, sources))
        if (name.starts_with(item)) out += before + name + "\n";
    return out;
}

}  // namespace muster::cli
