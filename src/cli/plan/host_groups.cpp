// SPDX-License-Identifier: MIT
// Looks up a value for each host and numbers the values.
#include "cli/plan/host_groups.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "hosts/host_text.hpp"
#include "hosts/name_match.hpp"
#include "hosts/selection.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t largest_group = 1'000'000;

/// The value of a host; nothing: it has none.
using look_up = std::function<std::optional<std::string>(host const&)>;

[[noreturn]] void fail(std::string const& option, std::string const& key, std::string const& reason) {
    throw target_error(fmt::format("{} {}: {}", option, hosts::printable(key), reason));
}

look_up by_name(std::string const& option, std::string const& key) {
    try {
        hosts::name_regex const expression(key.substr(key.find(':') + 1));
        if (!expression.has_parts()) fail(option, key, "no part of the expression stands in parentheses, as its value");
        return [expression](host const& each) {
            auto part = expression.part_of(each.name);
            return part.empty() ? std::nullopt : std::optional(std::move(part));
        };
    } catch (hosts::lookup_error const& error) {
        fail(option, key, error.what());
    }
}

look_up by_variable(std::string const& key, host_sources& sources) {
    return [&sources, key](host const& each) -> std::optional<std::string> {
        auto const* const about = sources.find(each.name);
        if (about == nullptr) return std::nullopt;
        auto const found = about->variables.find(key);
        if (found == about->variables.end() || found->second.empty()) return std::nullopt;
        return found->second;
    };
}

look_up by_group(std::string const& option, std::string const& key, host_sources& sources) {
    auto const source = key.substr(1);
    std::unordered_map<std::string, std::string> group_of;
    std::vector<std::string> twice;
    try {
        for (auto const& group : sources.names().group_names(source)) {
            hosts::selection members(sources.names(), largest_group);
            members.add(fmt::format("{}:{}", source, group), hosts::list_of::groups);
            for (auto const& member : members.take())
                if (!group_of.try_emplace(member.name, group).second) twice.push_back(member.name);
        }
    } catch (hosts::lookup_error const& error) {
        fail(option, key, error.what());
    } catch (host_syntax_error const& error) {
        fail(option, key, error.what());
    }
    return [=](host const& each) -> std::optional<std::string> {
        if (std::ranges::find(twice, each.name) != twice.end())
            fail(option, key, fmt::format("{} is in two groups of {}", each.name, source));
        auto const found = group_of.find(each.name);
        if (found == group_of.end()) return std::nullopt;
        return found->second;
    };
}

look_up look_up_of(std::string const& option, std::string const& key, host_sources& sources) {
    if (key.starts_with("name:")) return by_name(option, key);
    if (key.starts_with('@')) return by_group(option, key, sources);
    return by_variable(key, sources);
}

}  // namespace

std::vector<std::size_t> group_numbers(std::string const& option, std::string const& key, host_list const& hosts,
                                       host_sources& sources) {
    auto const value_of = look_up_of(option, key, sources);
    std::unordered_map<std::string, std::size_t> numbers;
    std::vector<std::size_t> groups;
    std::vector<std::string> without;
    for (auto const& each : hosts) {
        auto const value = value_of(each);
        if (!value) without.push_back(each.label());
        groups.push_back(numbers.try_emplace(value.value_or(""), numbers.size()).first->second);
    }
    if (!without.empty())
        fail(option, key,
             fmt::format("no value for {} ({}); KEY is a variable of the inventory, @SOURCE of groups, or name:REGEX",
                         fold(without), without.size()));
    return groups;
}

}  // namespace muster::cli
