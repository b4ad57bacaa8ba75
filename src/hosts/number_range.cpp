// SPDX-License-Identifier: MIT
// Parses the numbers between brackets:  range = span *("," span);  span = number ["-" number] ["/" step].
#include "hosts/number_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace muster::hosts {
namespace {

bool is_padded(std::string_view digits) {
    return digits.size() > 1 && digits.front() == '0';
}

class range_parser {
  public:
    range_parser(pattern_text const& text, std::size_t begin, std::size_t end)
        : text_(text), position_(begin), end_(end) {}

    std::vector<number_span> run() {
        if (position_ == end_) text_.fail(position_, "the range is empty");
        std::vector<number_span> spans;
        for (;; ++position_) {
            skip_blanks();
            spans.push_back(span());
            skip_blanks();
            if (position_ == end_) return spans;
            if (text_[position_] != ',') text_.fail(position_, wrong_here());
        }
    }

  private:
    void skip_blanks() {
        while (position_ < end_ && is_blank(text_[position_])) ++position_;
    }

    bool take(char c) {
        bool const found = position_ < end_ && text_[position_] == c;
        if (found) ++position_;
        return found;
    }

    number_span span() {
        auto const begin = position_;
        auto const low = number();
        auto const low_text = text_.slice(begin, position_);
        number_span out{low, low, 1, is_padded(low_text) ? low_text.size() : 0};
        if (take('-')) out.high = end_of_span(begin, low_text, low);
        if (take('/')) out.step = step();
        return out;
    }

    std::uint64_t end_of_span(std::size_t begin, std::string_view low_text, std::uint64_t low) {
        auto const high_begin = position_;
        auto const high = number();
        if (high < low) text_.fail(begin, fmt::format("the range {} runs backwards", text_.slice(begin, position_)));
        check_widths(low_text, text_.slice(high_begin, position_), begin);
        return high;
    }

    std::uint64_t step() {
        auto const begin = position_;
        auto const value = number();
        if (value == 0) text_.fail(begin, "the step can't be 0");
        return value;
    }

    // [01-10] and [08-100] are clear; [09-010] and [001-10] are not.
    void check_widths(std::string_view low, std::string_view high, std::size_t column) const {
        if ((is_padded(high) && high.size() != low.size()) || (is_padded(low) && high.size() < low.size()))
            text_.fail(column, fmt::format("the ends of the range {}-{} are padded differently", low, high));
    }

    std::uint64_t number() {
        auto const begin = position_;
        while (position_ < end_ && is_digit(text_[position_])) ++position_;
        if (position_ == begin) text_.fail(position_, is_missing() ? "a number is missing in the range" : wrong_here());
        if (position_ - begin > max_digits)
            text_.fail(begin, fmt::format("a number of more than {} digits", max_digits));
        std::uint64_t value = 0;
        std::from_chars(text_.all.data() + begin, text_.all.data() + position_, value);
        return value;
    }

    bool is_missing() const {
        return position_ == end_ || std::string_view("-/,").find(text_[position_]) != std::string_view::npos;
    }

    std::string wrong_here() const { return fmt::format("{} can't stand in a range", shown(text_[position_])); }

    pattern_text const& text_;
    std::size_t position_;
    std::size_t end_;
};

}  // namespace

std::vector<number_span> parse_range(pattern_text const& text, std::size_t begin, std::size_t end) {
    return range_parser(text, begin, end).run();
}

}  // namespace muster::hosts
