// SPDX-License-Identifier: MIT
// Follows quotes, here-documents and arithmetic, character by character.
#include "cli/plan/shell_context.hpp"

#include <algorithm>

namespace muster::cli {

bool shell_context::is_among(inside inside) const noexcept {
    return std::ranges::find(open_, inside) != open_.end();
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

std::size_t shell_context::open(std::size_t position, inside inside, std::size_t size) {
    open_.push_back(inside);
    return position + size;
}

std::size_t shell_context::close(std::size_t position, std::size_t size) {
    open_.pop_back();
    return position + size;
}

std::size_t shell_context::take(std::size_t position) {
    if (is(inside::single_quotes)) return text_[position] == '\'' ? close(position, 1) : position + 1;
    if (text_[position] == '\\') return position + 2;
    if (is(inside::ansi_quotes)) return text_[position] == '\'' ? close(position, 1) : position + 1;
    if (is(inside::double_quotes)) return take_in_double_quotes(position);
    return take_plain(position);
}

std::size_t shell_context::take_in_double_quotes(std::size_t position) {
    if (text_[position] == '"') return close(position, 1);
    if (text_[position] == '`') return open(position, inside::backquotes, 1);
    if (next_is(position, "$((")) return open(position, inside::arithmetic, 3);
    if (next_is(position, "${")) return open(position, inside::braces, 2);
    if (!next_is(position, "$(")) return position + 1;
    unsure_ =
        unsure_ || text_.find("case", position) != std::string_view::npos;  // its patterns have a ')' of their own
    return open(position, inside::parentheses, 2);
}

std::size_t shell_context::take_plain(std::size_t position) {
    bool const quote = text_[position] == '"' || text_[position] == '\'' || text_[position] == '`';
    bool const nested = is_among(inside::double_quotes) || is_among(inside::backquotes) || is_among(inside::braces);
    unsure_ = unsure_ || (quote && nested && !(text_[position] == '`' && is(inside::backquotes)));
    switch (text_[position]) {
        case '\'':
            return open(position,
                        position > 0 && text_[position - 1] == '$' ? inside::ansi_quotes : inside::single_quotes, 1);
        case '"':
            return open(position, inside::double_quotes, 1);
        case '`':
            return is(inside::backquotes) ? close(position, 1) : open(position, inside::backquotes, 1);
        case '}':
            return is(inside::braces) ? close(position, 1) : position + 1;
        case ')':
            if (is(inside::arithmetic) && next_is(position, "))")) return close(position, 2);
            return is(inside::parentheses) ? close(position, 1) : position + 1;
        case '(':
            return next_is(position, "((") ? open(position, inside::arithmetic, 2)
                                           : open(position, inside::parentheses, 1);
        case '$':
            return next_is(position, "${") ? open(position, inside::braces, 2) : position + 1;
        case '#':
            return begins_word(position) && !is(inside::braces) && !is(inside::arithmetic) ? skip_comment(position)
                                                                                           : position + 1;
        case '<':
            if (next_is(position, "<<<")) return position + 3;
            here_document_ = here_document_ || (next_is(position, "<<") && !is(inside::arithmetic));
            return position + 1;
        default:
            return position + 1;
    }
}

bool shell_context::begins_word(std::size_t position) const {
    return position == 0 || std::string_view(" \t\n;&|()").find(text_[position - 1]) != std::string_view::npos;
}

std::size_t shell_context::skip_comment(std::size_t position) const {
    return std::min(text_.find('\n', position), text_.size());
}

}  // namespace muster::cli
