// SPDX-License-Identifier: MIT
// Follows quotes, here-documents and arithmetic, character by character.
#include "cli/plan/shell_context.hpp"

#include <algorithm>

namespace muster::cli {

bool shell_context::is_among(inside what) const noexcept {
    return std::ranges::find(open_, what) != open_.end();
}

char const* shell_context::obstacle() const noexcept {
    if (is_among(inside::backquotes)) return "inside backquotes";
    if (is_among(inside::double_quotes)) return "inside double quotes";
    if (is_among(inside::single_quotes) || is_among(inside::ansi_quotes)) return "inside single quotes";
    if (is_among(inside::arithmetic)) return "inside arithmetic";
    if (is_among(inside::braces)) return "inside ${...}";
    if (here_document_) return "behind a here-document";
    return unsure_ ? "behind quotes within quotes" : nullptr;
}

std::size_t shell_context::open(std::size_t at, inside what, std::size_t size) {
    open_.push_back(what);
    return at + size;
}

std::size_t shell_context::close(std::size_t at, std::size_t size) {
    open_.pop_back();
    return at + size;
}

std::size_t shell_context::take(std::size_t at) {
    if (is(inside::single_quotes)) return text_[at] == '\'' ? close(at, 1) : at + 1;
    if (text_[at] == '\\') return at + 2;
    if (is(inside::ansi_quotes)) return text_[at] == '\'' ? close(at, 1) : at + 1;
    if (is(inside::double_quotes)) return take_in_double_quotes(at);
    return take_plain(at);
}

std::size_t shell_context::take_in_double_quotes(std::size_t at) {
    if (text_[at] == '"') return close(at, 1);
    if (text_[at] == '`') return open(at, inside::backquotes, 1);
    if (next_is(at, "$((")) return open(at, inside::arithmetic, 3);
    if (next_is(at, "${")) return open(at, inside::braces, 2);
    if (!next_is(at, "$(")) return at + 1;
    unsure_ = unsure_ || text_.find("case", at) != std::string_view::npos;  // its patterns have a ')' of their own
    return open(at, inside::parentheses, 2);
}

std::size_t shell_context::take_plain(std::size_t at) {
    bool const quote = text_[at] == '"' || text_[at] == '\'' || text_[at] == '`';
    bool const nested = is_among(inside::double_quotes) || is_among(inside::backquotes) || is_among(inside::braces);
    unsure_ = unsure_ || (quote && nested && !(text_[at] == '`' && is(inside::backquotes)));
    switch (text_[at]) {
        case '\'':
            return open(at, at > 0 && text_[at - 1] == '$' ? inside::ansi_quotes : inside::single_quotes, 1);
        case '"':
            return open(at, inside::double_quotes, 1);
        case '`':
            return is(inside::backquotes) ? close(at, 1) : open(at, inside::backquotes, 1);
        case '}':
            return is(inside::braces) ? close(at, 1) : at + 1;
        case ')':
            if (is(inside::arithmetic) && next_is(at, "))")) return close(at, 2);
            return is(inside::parentheses) ? close(at, 1) : at + 1;
        case '(':
            return next_is(at, "((") ? open(at, inside::arithmetic, 2) : open(at, inside::parentheses, 1);
        case '$':
            return next_is(at, "${") ? open(at, inside::braces, 2) : at + 1;
        case '#':
            return begins_word(at) && !is(inside::braces) && !is(inside::arithmetic) ? skip_comment(at) : at + 1;
        case '<':
            if (next_is(at, "<<<")) return at + 3;
            here_document_ = here_document_ || (next_is(at, "<<") && !is(inside::arithmetic));
            return at + 1;
        default:
            return at + 1;
    }
}

bool shell_context::begins_word(std::size_t at) const {
    return at == 0 || std::string_view(" \t\n;&|()").find(text_[at - 1]) != std::string_view::npos;
}

std::size_t shell_context::skip_comment(std::size_t at) const {
    return std::min(text_.find('\n', at), text_.size());
}

}  // namespace muster::cli
