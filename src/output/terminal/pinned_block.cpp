// SPDX-License-Identifier: MIT
// Erases, draws, and keeps to ten frames a second.
#include "output/terminal/pinned_block.hpp"
#include "files/descriptor.hpp"
#include "output/terminal/text_width.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace muster::output {

namespace {

constexpr auto shortest_pause = std::chrono::milliseconds(100);
constexpr std::string_view begin_update =
    "\x1b[?2026h";  // synchronised update: the terminal shows the whole frame at once
constexpr std::string_view end_update = "\x1b[?2026l";
constexpr std::string_view up = "\x1b[A";         // CUU, ECMA-48 8.3.22
constexpr std::string_view clear_row = "\x1b[K";  // EL, ECMA-48 8.3.41

/// Without the sequences that set colours.
std::size_t shown_columns(std::string_view line) {
    std::size_t columns = 0;
    while (!line.empty()) {
        auto const text = line.substr(0, line.find('\x1b'));
        columns += columns_of_text(text);
        line.remove_prefix(text.size());
        line.remove_prefix(line.empty() ? 0 : std::min(line.find('m') + 1, line.size()));
    }
    return columns;
}

}  // namespace

void pinned_block::change(int terminal, composer compose) {
    if (!compose) erase(shortest_pause);
    terminal_ = terminal;
    compose_ = std::move(compose);
    due_ = compose_ ? std::min(due_, clock::now() + shortest_pause) : clock::time_point::max();
}

bool pinned_block::is_at(int descriptor) const noexcept {
    struct stat mine {
    }, its{};
    return compose_ && ::fstat(terminal_, &mine) == 0 && ::fstat(descriptor, &its) == 0 && S_ISCHR(its.st_mode) &&
           mine.st_rdev == its.st_rdev;
}

void pinned_block::append_begin(std::string& frame) {
    if (!is_shown()) return;
    frame += begin_update;
    append_erasing(frame);
}

void pinned_block::append_end(std::string& frame, bool output_ended_a_line, bool draw) {
    bool const was_shown = is_shown();
    inside_line_ = !output_ended_a_line;
    framed_ = clock::now();
    if (draw && was_shown && may_draw()) {
        append_drawing(frame);
    } else {
        drawn_.clear();
        due_ = std::min(due_, framed_ + shortest_pause);
    }
    if (was_shown) frame += end_update;
}

void pinned_block::erase(std::chrono::milliseconds pause) {
    if (compose_) due_ = clock::now() + pause;
    if (!is_shown()) return;
    std::string frame;
    append_erasing(frame);
    drawn_.clear();
    if (in_foreground(terminal_)) static_cast<void>(files::write_all(terminal_, frame));
}

pinned_block::clock::time_point pinned_block::next_frame() const noexcept {
    return is_shown() ? framed_ + shortest_pause : clock::time_point::min();
}

void pinned_block::draw_if_due() {
    if (!compose_ || clock::now() < due_) return;
    due_ = clock::now() + shortest_pause;
    if (!may_draw()) return;
    auto const before = drawn_;
    std::string frame(begin_update);
    append_erasing(frame);
    append_drawing(frame);
    if (drawn_ == before) return;
    frame += end_update;
    framed_ = clock::now();
    static_cast<void>(files::write_all(terminal_, frame));
}

bool pinned_block::may_draw() const noexcept {
    return !inside_line_ && in_foreground(terminal_) && is_in_line_mode(terminal_);
}

/// Row by row: where the block begins at the top of the screen, ED puts all of it into the scroll-back of tmux.
void pinned_block::append_erasing(std::string& frame) const {
    if (drawn_.empty()) return;
    (frame += '\r') += clear_row;
    for (auto row = rows_of_drawn(); row > 1; --row) (frame += up) += clear_row;
}

/// A line that was drawn on a wider terminal may take several rows now.
std::size_t pinned_block::rows_of_drawn() const {
    if (!rewraps_) return drawn_.size();
    auto const columns = size_of_terminal(terminal_).columns;
    std::size_t rows = 0;
    for (auto const& line : drawn_) rows += std::max<std::size_t>(1, (shown_columns(line) + columns - 1) / columns);
    return rows;
}

void pinned_block::append_drawing(std::string& frame) {
    auto [lines, again] = compose_(size_of_terminal(terminal_));
    due_ = clock::now() + std::max(again, shortest_pause);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) frame += '\n';
        frame += lines[i];
    }
    drawn_ = std::move(lines);
}

}  // namespace muster::output
