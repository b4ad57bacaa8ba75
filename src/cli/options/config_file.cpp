// SPDX-License-Identifier: MIT
// Finds configuration files and reads their lines.
#include "cli/options/config_file.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "cli/options/option_table.hpp"
#include "cli/options/variables.hpp"
#include "hosts/name_lookup.hpp"
#include "hosts/sources/trusted_file.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr char const* system_file = "/etc/muster/config";

std::string_view trimmed(std::string_view text) {
    auto const begin = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::optional<config_text> read(std::string const& path) {
    try {
        auto text = hosts::read_trusted_file(path);
        if (!text) return std::nullopt;
        return config_text{path, std::move(*text)};
    } catch (hosts::lookup_error const& error) {
        throw usage_error(error.what());
    }
}

/// Empty without a home.
std::string user_file(environment const& variables) {
    auto const folder = user_folder(variables, "XDG_CONFIG_HOME", ".config");
    return folder.empty() ? "" : folder + "/muster/config";
}

[[noreturn]] void fail(std::string const& where, std::string const& reason) {
    throw usage_error(fmt::format("{}: {}", where, reason));
}

option_row const& row_named(std::string_view name, std::string const& where) {
    auto const* const row = find_option(name);
    if (row == nullptr) {
        auto const nearest = nearest_option(name);
        fail(where, fmt::format("there is no option {}{}", output::sanitised(name, 60),
                                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    if (!row->has_variable || name == "config") fail(where, fmt::format("{} can stand on the command line only", name));
    return *row;
}

given_option read_line(std::string_view line, std::string const& where) {
    auto const end = std::min(line.find_first_of(" \t="), line.size());
    auto const& row = row_named(line.substr(0, end), where);
    auto value = trimmed(line.substr(end));
    if (value.starts_with('=')) value = trimmed(value.substr(1));
    if (value.empty() && row.takes_word()) fail(where, fmt::format("{} needs a value: {}", row.name, row.value));
    return {&row, std::string(value), fmt::format("{}: {}", where, row.name)};
}

}  // namespace

std::vector<config_text> find_configs(std::string const& chosen, environment const& variables) {
    std::vector<config_text> out;
    if (chosen == "none") return out;
    auto const paths =
        chosen.empty() ? std::vector<std::string>{user_file(variables), system_file} : std::vector<std::string>{chosen};
    for (auto const& path : paths)
        if (auto found = path.empty() ? std::nullopt : read(path)) out.push_back(std::move(*found));
    if (!chosen.empty() && out.empty()) throw usage_error(fmt::format("--config {}: no such file", chosen));
    return out;
}

std::vector<given_option> read_config(config_text const& file) {
    std::vector<given_option> out;
    std::string_view rest = file.text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        auto const end = std::min(rest.find('\n'), rest.size());
        auto const line = trimmed(rest.substr(0, end));
        if (!line.empty() && line.front() != '#')
            out.push_back(read_line(line, fmt::format("{}:{}", file.path, number)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

}  // namespace muster::cli
