// SPDX-License-Identifier: MIT
// One line of a host with the host in front.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "output/terminal/line_splitter.hpp"
#include "output/terminal/terminal_text.hpp"

namespace muster::output {

/// How one of the two streams is shown.
struct line_style {
    bool label = true;    ///< the host in front of each line, and a line feed behind the last; else the bytes alone
    bool user = true;     ///< of labels such as bob@n1
    bool align = false;   ///< labels that leave room on a terminal, padded to one width
    bool colour = false;  ///< labels in the palette's colours, and the hosts' own colours
    controls text = controls::exact;  ///< control characters of the hosts
    bool errors = false;              ///< marked as standard error: `host! ` for `host: `

    /// Bytes of a line that are kept until it ends: a longer one is cut. Whole lines matter to programs.
    std::size_t longest() const noexcept {
        return text == controls::exact ? std::size_t{1} << 20 : std::size_t{64} << 10;
    }
};

struct line_label {
    std::string_view text;
    std::size_t padding = 0;
    std::string_view ink;
};

/// A part of a line that was cut ends in `[...]`, and those after the first begin with `host+ ` instead of the label,
/// which no line of output can forge.
void append_labelled(std::string& to, line_part const& part, line_label const& label, line_style const& style);

}  // namespace muster::output
