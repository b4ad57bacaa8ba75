// SPDX-License-Identifier: MIT
// Reading ssh_config(5): from lines to blocks of settings under a condition.
#include <fmt/format.h>

#include <algorithm>

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

/// All of it. ssh hands the quotes around ProxyJump's value to a shell, which takes them off.
bool is_quoted(std::string_view text) {
    return text.size() > 1 && (text.front() == '"' || text.front() == '\'') &&
           text.find(text.front(), 1) == text.size() - 1;
}

}  // namespace

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
        if (line->keyword == "host" || line->keyword == "match")
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
        if (std::ranges::any_of(ignored_, [&](auto const& some) { return matches_pattern_list(name, some); })) return;
        throw config_line_error(
            fmt::format("unknown option \"{0}\"; IgnoreUnknown {0} makes ssh and muster skip it", name));
    }
    auto words = split_words(rest);  // also where the rest is taken as it is: its quotes have to be closed all the same
    bool const is_raw = keyword->kind == value_kind::rest || (keyword->kind == value_kind::jumps && !is_quoted(rest));
    if (is_raw) words = {std::string(rest)};
    if (auto const fault = value_fault(*keyword, words)) throw config_line_error(fmt::format("{}: {}", name, *fault));
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
        default:
            blocks_.back().settings.push_back({keyword->option, std::move(words), where});
    }
}

void ssh_config::read_include(std::vector<std::string> const& patterns, source const& from, std::string const& where) {
    if (from.depth == max_depth) throw config_line_error(fmt::format("Include goes deeper than {} files", max_depth));
    auto const includer = blocks_.size() - 1;
    for (auto const& pattern : patterns) {
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
    auto path = expand_variables(pattern, *local_);
    if (path.starts_with('/')) return path;
    if (from.origin == config_origin::system) {
        if (path.starts_with('~')) throw token_error("\"~\" means nothing in the system's configuration");
        return from.path.substr(0, from.path.rfind('/') + 1) + path;
    }
    return expand_tilde(path.starts_with('~') ? path : "~/.ssh/" + path, *local_);
}

ssh_config::match_line ssh_config::read_match(std::string_view rest, std::string const& where) {
    using enum criterion_kind;
    struct name_of {
        std::string_view text;
        criterion_kind kind;
    };
    // Those that no program but ssh can decide, or that later versions of it have, are undecidable.
    static constexpr name_of names[] = {
        {"all", all},
        {"canonical", canonical},
        {"final", final},
        {"host", host},
        {"originalhost", original_host},
        {"user", user},
        {"localuser", local_user},
        {"exec", undecidable},
        {"localnetwork", undecidable},
        {"tagged", undecidable},
        {"command", undecidable},
        {"sessiontype", undecidable},
        {"version", undecidable},
    };
    match_line out{{}, where};
    while (!rest.empty()) {
        auto word = lower(take_match_word(rest));
        if (word.empty()) break;
        auto const negated = word.starts_with('!');
        if (negated) word.erase(0, 1);
        auto const* name = std::ranges::find(names, std::string_view(word), &name_of::text);
        if (name == std::end(names))
            throw config_line_error(fmt::format("match: unknown condition \"{}\"", hosts::printable(word)));
        criterion one{name->kind, negated, {}};
        if (one.kind != all && one.kind != canonical && one.kind != final) {
            one.argument = take_match_word(rest);
            if (one.argument.empty()) throw config_line_error(fmt::format("match: {} needs a value", word));
        }
        if (one.kind == host || one.kind == original_host) one.argument = lower(one.argument);
        if (one.kind == final) final_pass_ = true;
        out.criteria.push_back(std::move(one));
    }
    if (out.criteria.empty()) throw config_line_error("match: a condition is missing");
    for (std::size_t i = 0; i < out.criteria.size(); ++i)
        if (out.criteria[i].kind == all && (i > 1 || i + 1 < out.criteria.size()))
            throw config_line_error("match: \"all\" can't be combined with other conditions");
    return out;
}

}  // namespace muster::ssh_config
