// SPDX-License-Identifier: MIT
// Reading ssh_config(5): from lines to blocks of settings under a condition.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "hosts/host_text.hpp"
#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {
namespace {

constexpr std::size_t no_parent = static_cast<std::size_t>(-1);
constexpr unsigned max_depth = 16;
constexpr std::size_t max_blocks = 1'000'000;  // files that include each other can multiply

bool is_literal(std::string const& pattern) {
    return pattern.find_first_of("*?!") == std::string::npos;
}

// ssh hands the quotes around ProxyJump's value to a shell, which takes them off.
bool is_quoted(std::string_view text) {
    return text.size() > 1 && (text.front() == '"' || text.front() == '\'') &&
           text.find(text.front(), 1) == text.size() - 1;
}

// A `#` ends it wherever it stands, and ssh takes the first word alone; behind a comma there must be one.
std::string jumps_text(std::string_view rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t="), rest.size()));
    rest = rest.substr(0, rest.find('#'));
    rest = rest.substr(0, rest.find_first_of(" \t"));
    return std::string(is_quoted(rest) ? rest.substr(1, rest.size() - 2) : rest);
}

// Tokens that stand for something else with every host.
bool has_host_tokens(std::string_view pattern) {
    for (auto position = pattern.find('%'); position < pattern.size(); position = pattern.find('%', position + 2))
        if (position + 1 < pattern.size() &&
            std::string_view("Chjknpr").find(pattern[position + 1]) != std::string_view::npos)
            return true;
    return false;
}

}  // namespace

std::vector<std::string> ssh_config::aliases() const {
    std::vector<std::string> out;
    std::unordered_set<std::string_view> seen;
    for (auto const& block : blocks_) {
        auto const* const names = std::get_if<host_patterns>(&block.condition);
        if (names == nullptr) continue;
        for (auto const& name : *names)
            if (is_literal(name) && seen.insert(name).second) out.push_back(name);
    }
    return out;
}

void ssh_config::open_block(std::size_t parent, std::variant<always, host_patterns, match_line> condition) {
    auto const index = blocks_.size();
    if (index == max_blocks) throw config_error(fmt::format("more than {} Host and Match blocks", max_blocks));
    auto const* names = std::get_if<host_patterns>(&condition);
    if (names != nullptr && std::ranges::all_of(*names, is_literal)) {
        for (auto const& name : *names)
            if (auto& blocks = by_name_[name]; blocks.empty() || blocks.back() != index) blocks.push_back(index);
    } else {
        general_.push_back(index);
    }
    blocks_.push_back({parent, std::move(condition), {}});
}

void ssh_config::read_option(std::string const& text) {
    source const from{{}, config_origin::user, no_parent, 0};
    auto const where = "-o " + hosts::printable(text);
    open_block(no_parent, always{});
    try {
        auto const line = split_keyword(text);
        if (!line) throw config_line_error("the option is missing");
        if (line->keyword == "host" || line->keyword == "match" || line->keyword == "include")
            throw config_line_error("only a configuration file can hold this");
        read_line(text, from, where);
    } catch (config_line_error const& e) {
        throw config_error(fmt::format("{}: {}", where, e.what()));
    }
}

bool ssh_config::read_file(std::string const& path, config_origin origin, trust who) {
    auto const text = files_->read(path, who);
    if (!text) return false;
    read_text(*text, {path, origin, no_parent, 0});
    return true;
}

void ssh_config::read_text(std::string_view text, source const& from) {
    open_block(from.parent, always{});
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        auto const where = fmt::format("{}:{}", from.path, number);
        try {
            read_line(text.substr(0, end), from, where);
        } catch (config_line_error const& e) {
            throw config_error(fmt::format("{}: {}", where, e.what()));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void ssh_config::read_line(std::string_view line, source const& from, std::string const& where) {
    auto const split = split_keyword(line);
    if (!split) return;
    auto const rest = split->rest;
    auto const name = hosts::printable(split->keyword);
    if (rest.empty()) throw config_line_error(fmt::format("{}: the value is missing", name));
    auto const keyword = find_ssh_keyword(name);
    if (!keyword) {
        if (std::ranges::any_of(ignored_, [&](auto const& some) { return matches_pattern_list(name, some); }))
            return static_cast<void>(split_words(rest));  // its quotes have to be closed
        throw config_line_error(
            fmt::format("unknown option \"{0}\"; IgnoreUnknown {0} makes ssh and muster skip it", name));
    }
    auto words = split_words(rest);  // also where the rest is taken as it is: its quotes have to be closed
    if (keyword->kind == value_kind::rest)
        words = {std::string(rest.substr(std::min(rest.find_first_not_of(" \t="), rest.size())))};
    if (keyword->kind == value_kind::jumps) words = {jumps_text(rest)};
    if (auto const error = value_fault(*keyword, words)) throw config_line_error(fmt::format("{}: {}", name, *error));
    switch (keyword->option) {
        case ssh_option::host:
            return open_block(from.parent, std::move(words));
        case ssh_option::match:
            return open_block(from.parent, read_match(rest, where));
        case ssh_option::include:
            return read_include(words, from, where);
        case ssh_option::ignore_unknown:
            return ignored_.push_back(lower(words.front()));
        case ssh_option::ignored:
            return;
        case ssh_option::rekey_limit:
            if (words.size() > 1 && words[1] != "none") add_setting({ssh_option::rekey_interval, {words[1]}, where});
            return add_setting({keyword->option, std::move(words), where});
        default:
            add_setting({keyword->option, std::move(words), where});
    }
}

void ssh_config::add_setting(ssh_setting setting) {
    auto const option = setting.option;
    if (option == ssh_option::canonicalize_hostname) asks_machine_ = true;
    blocks_.back().settings.push_back(std::move(setting));
    for (auto position = blocks_.back().parent; position < blocks_.size() && !blocks_[position].has_settings_below;
         position = blocks_[position].parent)
        blocks_[position].has_settings_below = true;
}

void ssh_config::read_include(std::vector<std::string> const& patterns, source const& from, std::string const& where) {
    if (from.depth == max_depth) throw config_line_error(fmt::format("Include goes deeper than {} files", max_depth));
    auto const includer = blocks_.size() - 1;
    for (auto const& pattern : patterns) {
        if (has_host_tokens(pattern)) {
            add_setting({ssh_option::host_include, {pattern}, where});
            continue;
        }
        try {
            for (auto const& path : files_->glob(include_path(pattern, from)))
                if (auto const text = files_->read(path, trust::owned_only))
                    read_text(*text, {path, from.origin, includer, from.depth + 1});
        } catch (token_error const& e) {
            throw config_error(fmt::format("{}: include: {}", where, e.what()));
        }
    }
    if (blocks_.size() - 1 != includer) open_block(includer, always{});
}

std::string ssh_config::include_path(std::string const& pattern, source const& from) const {
    auto path = expand_tokens(pattern, {{}, {}, {}, {}, 0, {}, *local_});
    if (path.starts_with('/')) return path;
    if (from.origin == config_origin::system) {
        if (path.starts_with('~')) throw token_error("\"~\" means nothing in the system's configuration");
        return from.path.substr(0, from.path.rfind('/') + 1) + path;
    }
    return expand_tilde(path.starts_with('~') ? path : "~/.ssh/" + path, *local_);
}

ssh_config::match_line ssh_config::read_match(std::string_view rest, std::string const& where) {
    match_line out{parse_match(rest), where};
    for (auto const& criterion : out.criteria) {
        if (criterion.kind == criterion_kind::final) final_pass_ = true;
        if (criterion.kind == criterion_kind::exec) asks_machine_ = true;
    }
    return out;
}

}  // namespace muster::ssh_config
