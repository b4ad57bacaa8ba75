// SPDX-License-Identifier: MIT
// Adds to lines column by column.
#include "output/screen/drawing.hpp"

#include <fmt/format.h>

#include <iterator>

#include "output/terminal/sanitise.hpp"
#include "output/terminal/text_width.hpp"

namespace muster::output {

namespace {

using namespace std::chrono_literals;

constexpr glyphs pictures{signs_of(true), "▒", "▸", "·", "▓", "░", " · ", "█"};
constexpr glyphs ascii{signs_of(false), "-", ">", ".", "#", ".", ", ", "#"};
constexpr std::string_view spinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::string_view ascii_spinner[] = {"|", "/", "-", "\\"};

}  // namespace

row& row::add(std::string_view text, std::string_view ink) {
    auto const part = of_known_width(clipped(text, left_));
    left_ -= columns_of_text(part);
    bool const inked = colour_ && !ink.empty();
    if (inked) text_ += ink;
    text_ += part;
    if (inked) text_ += plain_ink;
    return *this;
}

row& row::add_if_it_fits(std::string_view text, std::string_view ink) {
    return columns_of_text(text) <= left_ ? add(text, ink) : *this;
}

row& row::pad_to(std::size_t columns, std::size_t whole) {
    while (whole - left_ < columns && left_ > 0) add(" ");
    return *this;
}

std::string_view drawing::spin() const {
    auto const step = static_cast<std::size_t>(elapsed() / 100ms);
    return style.utf8 ? spinner[step % std::size(spinner)] : ascii_spinner[step % std::size(ascii_spinner)];
}

std::string drawing::name_of(std::size_t index) const {
    std::string_view const host = run.labels[index].host;
    return sanitised(host.substr(0, host.size() - run.domain));
}

glyphs const& glyphs_of(bool utf8) noexcept {
    return utf8 ? pictures : ascii;
}

std::string seconds_of(std::chrono::nanoseconds time) {
    auto const whole = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return whole < 60 ? fmt::format("{}s", whole) : fmt::format("{}m{:02}", whole / 60, whole % 60);
}

}  // namespace muster::output
