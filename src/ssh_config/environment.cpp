// SPDX-License-Identifier: MIT
// Picks variables by the patterns of SendEnv and adds those of SetEnv.
#include "ssh_config/environment.hpp"

#include <algorithm>
#include <string_view>

#include "ssh_config/config_line.hpp"

namespace muster::ssh_config {
namespace {

using variables = std::vector<std::pair<std::string, std::string>>;

std::string_view name_of(std::string_view assignment) {
    return assignment.substr(0, assignment.find('='));
}

// A pattern with a minus takes away those before it that it matches.
std::vector<std::string_view> sent_patterns(host_settings const& settings) {
    std::vector<std::string_view> out;
    for (auto const* setting : settings.send_env)
        for (std::string_view const word : setting->words) {
            if (word.starts_with('-'))
                std::erase_if(out, [&](auto other) { return matches_pattern(other, word.substr(1)); });
            else
                out.push_back(word);
        }
    return out;
}

// Of one that is set twice, the first value counts.
variables set_variables(host_settings const& settings) {
    variables out;
    auto const* setting = settings.of(ssh_option::set_env);
    if (setting == nullptr) return out;
    for (std::string_view const word : setting->words) {
        auto const name = name_of(word);
        if (std::ranges::find(out, name, &variables::value_type::first) == out.end())
            out.emplace_back(name, word.substr(name.size() + 1));
    }
    return out;
}

}  // namespace

variables environment_of(host_settings const& settings, local_account const& local) {
    auto const patterns = sent_patterns(settings);
    auto const set = set_variables(settings);
    variables out;
    for (auto const& [name, value] : local.environment) {
        auto const fits = [&name = name](auto pattern) { return matches_pattern(name, pattern); };
        if (std::ranges::any_of(patterns, fits) &&
            std::ranges::find(set, name, &variables::value_type::first) == set.end())
            out.emplace_back(name, value);
    }
    out.insert(out.end(), set.begin(), set.end());
    return out;
}

}  // namespace muster::ssh_config
