// SPDX-License-Identifier: MIT
// Where in a shell's command line a place is: whether a quoted word can stand there.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace muster::cli {

/// Follows a POSIX shell's command line character by character, as far as is needed to know whether a word in single
/// quotes means itself. Where it can't be sure it says no.
class shell_context {
  public:
    explicit shell_context(std::string_view text) : text_(text) {}

    /// Takes the character at `at`; returns the index of the next one that is to be taken.
    std::size_t take(std::size_t position);

    /// Why a quoted word can't stand here: "inside double quotes"; null: it can.
    char const* obstacle() const noexcept;

  private:
    enum class inside : unsigned char {
        parentheses,
        single_quotes,
        ansi_quotes,
        double_quotes,
        backquotes,
        braces,
        arithmetic
    };

    bool is(inside inside) const noexcept { return !open_.empty() && open_.back() == inside; }
    bool is_among(inside inside) const noexcept;
    bool next_is(std::size_t position, std::string_view text) const { return text_.substr(position).starts_with(text); }
    std::size_t open(std::size_t position, inside inside, std::size_t size);
    std::size_t close(std::size_t position, std::size_t size);
    std::size_t take_quoted(std::size_t position);
    std::size_t take_in_double_quotes(std::size_t position);
    std::size_t take_plain(std::size_t position);
    std::size_t skip_comment(std::size_t position) const;
    bool begins_word(std::size_t position) const;

    std::string_view text_;
    std::vector<inside> open_;
    bool unsure_ = false;         // quotes inside a substitution inside quotes
    bool here_document_ = false;  // one was announced
};

}  // namespace muster::cli
