// SPDX-License-Identifier: MIT
// Label, text, line end.
#include "output/words/labelled_line.hpp"

#include "output/terminal/palette.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::output {

namespace {

constexpr std::string_view cut_mark = "[...]";
constexpr std::string_view error_ink = "\x1b[1;31m";

void append_label(std::string& to, bool first, line_label const& label, line_style const& style) {
    char const sign = !first ? '+' : style.errors ? '!' : ':';
    if (style.colour) to += label.ink;
    if (style.text == controls::exact) {
        to += label.text;
    } else {
        append_sanitised(to, label.text);
    }
    if (style.colour && sign == '!') to += error_ink;
    to += sign;
    if (style.colour) to += plain_ink;
    to.append(label.padding, ' ');
    to += ' ';
}

}  // namespace

void append_labelled(std::string& to, line_part const& part, line_label const& label, line_style const& style) {
    if (style.label) append_label(to, part.first, label, style);
    append_terminal_text(to, part.text, style.text, style.colour);
    if (style.label && part.end == line_end::cut) to += cut_mark;
    if (style.label || part.end == line_end::line_feed) to += '\n';
}

}  // namespace muster::output
