// SPDX-License-Identifier: MIT
// Splitting lines of ssh_config, and its patterns.
#include "ssh_config/config_line.hpp"

#include <algorithm>

#include "hosts/host_text.hpp"

namespace muster::ssh_config {
namespace {

constexpr std::string_view blanks = " \t\r\n\f";

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

// A bare word ends at a blank or at `=`; behind it one `=`, with or without blanks around it, is skipped.
std::string take_word(std::string_view& text) {
    skip_blanks(text);
    std::string word;
    if (text.starts_with('"')) {
        auto const end = text.find('"', 1);
        if (end == std::string_view::npos) throw config_line_error("a quote is not closed");
        word = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
    } else {
        word = text.substr(0, text.find_first_of(" \t\r\n\f="));
        text.remove_prefix(word.size());
    }
    skip_blanks(text);
    if (text.starts_with('=')) text.remove_prefix(1);
    skip_blanks(text);
    return word;
}

// A word of split_words, from `at` to the blank that ends it.
std::string take_argument(std::string_view text, std::size_t& at) {
    std::string word;
    char quote = 0;
    for (; at < text.size() && (quote != 0 || !is_blank(text[at])); ++at) {
        auto const c = text[at];
        auto const next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || (next == ' ' && quote == 0)))
            word += text[++at];
        else if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote && quote != 0)
            quote = 0;
        else
            word += c;
    }
    if (quote != 0) throw config_line_error("a quote is not closed");
    return word;
}

}  // namespace

std::optional<config_line> split_keyword(std::string_view line) {
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    skip_blanks(line);
    if (line.empty() || line.front() == '#') return {};
    if (line.find('\0') != std::string_view::npos) throw config_line_error("a NUL byte: this is no text file");
    config_line out;
    out.keyword = lower(take_word(line));
    out.rest = line;
    return out;
}

std::vector<std::string> split_words(std::string_view rest) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < rest.size(); ++at) {
        if (is_blank(rest[at])) continue;
        if (rest[at] == '#') break;
        words.push_back(take_argument(rest, at));
    }
    return words;
}

std::string take_match_word(std::string_view& rest) {
    if (rest.empty() || rest.front() == '#') {
        rest = {};
        return {};
    }
    return take_word(rest);
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    auto star = std::string_view::npos;  // the last `*`, and where the text it stands for ends
    std::size_t star_end = 0;
    while (at < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            star_end = at;
        } else if (in_pattern < pattern.size() && (pattern[in_pattern] == '?' || pattern[in_pattern] == text[at])) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++star_end;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

bool matches_pattern_list(std::string_view text, std::string_view patterns) {
    bool found = false;
    while (!patterns.empty()) {
        auto const end = std::min(patterns.find(','), patterns.size());
        auto one = patterns.substr(0, end);
        patterns.remove_prefix(std::min(end + 1, patterns.size()));
        auto const negated = one.starts_with('!');
        if (negated) one.remove_prefix(1);
        if (!matches_pattern(text, one)) continue;
        if (negated) return false;
        found = true;
    }
    return found;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), hosts::to_lower);
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, hosts::to_lower, hosts::to_lower);
}

}  // namespace muster::ssh_config
