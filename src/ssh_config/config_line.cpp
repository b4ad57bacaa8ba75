// SPDX-License-Identifier: MIT
// Splitting lines of ssh_config, and its patterns.
#include "ssh_config/config_line.hpp"

#include <algorithm>
#include <utility>

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

void skip_equals(std::string_view& text) {
    if (text.starts_with('=')) text.remove_prefix(1);
    skip_blanks(text);
}

// A word ends at a blank or at `=`, of which one is skipped with the blanks around it. From a double quote on it is all
// text up to the next one, and no `=` is skipped. Nothing for an open quote.
std::optional<std::string> take_word(std::string_view& text) {
    auto const end = std::min(text.find_first_of(" \t\r\n\"="), text.size());
    std::string word(text.substr(0, end));
    text.remove_prefix(end);
    if (text.starts_with('"')) {
        auto const close = text.find('"', 1);
        if (close == std::string_view::npos) return {};
        word += text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        skip_blanks(text);
    } else {
        skip_blanks(text);
        skip_equals(text);
    }
    return word;
}

// A word of split_words, from `at` to the blank that ends it.
std::string take_argument(std::string_view text, std::size_t& position) {
    std::string word;
    char quote = 0;
    for (; position < text.size() && (quote != 0 || !is_blank(text[position])); ++position) {
        auto const c = text[position];
        auto const next = position + 1 < text.size() ? text[position + 1] : '\0';
        if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || (next == ' ' && quote == 0)))
            word += text[++position];
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

// As ssh has it, a line may begin with one `=`, and one with an open quote in its keyword says nothing.
std::optional<config_line> split_keyword(std::string_view line) {
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    skip_blanks(line);
    if (line.starts_with('#')) return {};
    if (line.find('\0') != std::string_view::npos) throw config_line_error("a NUL byte: this is no text file");
    auto keyword = take_word(line);
    if (keyword && keyword->empty()) keyword = take_word(line);
    if (!keyword || keyword->empty() || keyword->front() == '#') return {};
    return config_line{lower(*keyword), line};
}

std::vector<std::string> split_words(std::string_view rest) {
    std::vector<std::string> words;
    for (std::size_t position = 0; position < rest.size(); ++position) {
        if (is_blank(rest[position])) continue;
        if (rest[position] == '#') break;
        words.push_back(take_argument(rest, position));
    }
    return words;
}

std::vector<std::string> split_old_words(std::string_view rest) {
    std::vector<std::string> words;
    while (!rest.empty()) {
        auto word = take_word(rest);
        if (!word) throw config_line_error("a quote is not closed");
        if (word->starts_with('#')) break;
        words.push_back(std::move(*word));
    }
    return words;
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
    std::size_t position = 0;
    std::size_t in_pattern = 0;
    auto star = std::string_view::npos;  // the last `*`, and where the text it stands for ends
    std::size_t star_end = 0;
    while (position < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            star_end = position;
        } else if (in_pattern < pattern.size() &&
                   (pattern[in_pattern] == '?' || pattern[in_pattern] == text[position])) {
            ++in_pattern;
            ++position;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            position = ++star_end;
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
        auto word = patterns.substr(0, end);
        patterns.remove_prefix(std::min(end + 1, patterns.size()));
        auto const negated = word.starts_with('!');
        if (negated) word.remove_prefix(1);
        if (!matches_pattern(text, word)) continue;
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
