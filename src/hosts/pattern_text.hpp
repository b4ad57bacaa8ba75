// SPDX-License-Identifier: MIT
// A host pattern while it is parsed: slices of it, and errors that point into it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "hosts/host_text.hpp"

namespace muster::hosts {

struct pattern_text {
    std::string_view all;

    std::size_t size() const noexcept { return all.size(); }
    char operator[](std::size_t position) const noexcept { return all[position]; }
    std::string_view slice(std::size_t begin, std::size_t end) const { return all.substr(begin, end - begin); }

    /// Throws host_syntax_error for `column`.
    [[noreturn]] void fail(std::size_t column, std::string const& reason) const;
    /// The same for a fault that was found in the slice beginning at `column`, if there is one.
    void check(std::optional<text_fault> const& error, std::size_t column) const;

    /// Position of the bracket that closes the one at `open`. Throws host_syntax_error where there is none.
    std::size_t closing(std::size_t open) const;
};

/// Blanks, tabs and line ends separate hosts as commas do.
constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

}  // namespace muster::hosts
