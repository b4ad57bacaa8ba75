// SPDX-License-Identifier: MIT
// Follows the lines of a stream and the stages that print them.
#include "output/words/stage_marks.hpp"

#include <algorithm>
#include <utility>

namespace muster::output {

/// A stage begins a line of its own.
std::string_view stage_marks::mark(stage printed_by, std::string_view bytes) {
    if (bytes.empty()) return bytes;
    bool const ends_line = std::exchange(last_, printed_by) != printed_by && !at_line_begin_;
    if (printed_by == stage::command && !ends_line) {
        at_line_begin_ = bytes.back() == '\n';
        return bytes;
    }
    marked_ = ends_line ? "\n" : "";
    at_line_begin_ = at_line_begin_ || ends_line;
    while (!bytes.empty()) {
        auto const line = bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
        if (printed_by != stage::command && at_line_begin_) marked_.append(to_string(printed_by)).append(": ");
        marked_ += line;
        at_line_begin_ = line.back() == '\n';
        bytes.remove_prefix(line.size());
    }
    return marked_;
}

}  // namespace muster::output
