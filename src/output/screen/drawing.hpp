// SPDX-License-Identifier: MIT
// What every shape of the pinned block is made of: lines that end at the edge, signs and inks, names.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "output/screen/screen_state.hpp"
#include "output/terminal/palette.hpp"

namespace muster::output {

namespace ink {
constexpr std::string_view red = "\x1b[1;31m", green = "\x1b[32m", cyan = "\x1b[36m", dim = "\x1b[2m", none = "";
}

/// What is left of `a`; none when `b` is more.
constexpr std::size_t less(std::size_t a, std::size_t b) noexcept {
    return a < b ? 0 : a - b;
}

/// A line that grows until the terminal's edge.
class row {
  public:
    row(std::size_t columns, bool colour) : left_(columns), colour_(colour) {}

    row& add(std::string_view text, std::string_view ink = ink::none);
    /// Whole or not at all.
    row& add_if_it_fits(std::string_view text, std::string_view ink = ink::none);

    /// So many columns more.
    row& grow(std::size_t columns) noexcept {
        left_ += columns;
        return *this;
    }

    /// Blanks until `columns` of `whole` are used.
    row& pad_to(std::size_t columns, std::size_t whole);

    std::size_t left() const noexcept { return left_; }
    std::string text() && { return std::move(text_); }

  private:
    std::size_t left_;
    bool colour_;
    std::string text_;
};

struct glyphs : signs {
    std::string_view connecting, running, waiting, full, empty, between, bar_ok;
};

struct screen_style {
    bool colour = true;
    bool utf8 = true;  ///< else ASCII alone
    std::string hint;  ///< what keys do: "s: who  ^C: stop"
};

/// What one drawing needs.
struct drawing {
    screen_state const& run;
    std::chrono::steady_clock::time_point now;
    std::size_t columns;  // that may be used
    std::size_t rows;
    screen_style const& style;
    glyphs const& signs;

    row line() const { return {columns, style.colour}; }
    std::chrono::nanoseconds elapsed() const { return now - run.begun; }
    std::string_view spin() const;
    /// Without the domain that all hosts share, harmless.
    std::string name_of(std::size_t index) const;
};

glyphs const& glyphs_of(bool utf8) noexcept;

/// "42s", "3m20".
std::string seconds_of(std::chrono::nanoseconds time);

}  // namespace muster::output
