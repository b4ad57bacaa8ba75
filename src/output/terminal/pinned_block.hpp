// SPDX-License-Identifier: MIT
// The last lines of a terminal when they are not output: drawn over again, and out of the way when output comes.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "output/terminal/terminal.hpp"

namespace muster::output {

/// What to draw, and when again.
struct pinned_lines {
    std::vector<std::string> lines;  ///< each shorter than the terminal is wide; SGR is their only control sequence
    std::chrono::milliseconds again = std::chrono::seconds(1);
};

/// Belongs to the writer's thread. Drawn only while this process is the terminal's foreground job and the terminal is
/// in the mode in which it was: no pager or editor has taken it over. What goes wrong in drawing is not an error:
/// nothing is lost.
class pinned_block {
  public:
    using clock = std::chrono::steady_clock;
    using composer = std::function<pinned_lines(terminal_size)>;

    /// The lines from now on, first drawn within 100 ms; null: none.
    void change(int terminal, composer compose);

    bool is_shown() const noexcept { return !drawn_.empty(); }
    /// Output to the same terminal goes through frames, but for when nothing is shown.
    bool is_at(int descriptor) const noexcept;

    /// A frame: what stands before the output in it, and behind it. Together with the output it is one write.
    void append_begin(std::string& frame);
    void append_end(std::string& frame, bool output_ended_a_line, bool draw);

    /// Takes the block away for at least `pause`: another program writes to the terminal.
    void erase(std::chrono::milliseconds pause);

    /// When to call draw_if_due.
    clock::time_point due() const noexcept { return due_; }
    /// When the next frame with output may be written: ten a second at most.
    clock::time_point next_frame() const noexcept;
    void draw_if_due();

  private:
    bool may_draw() const noexcept;
    void append_erasing(std::string& frame) const;
    std::size_t rows_of_drawn() const;
    void append_drawing(std::string& frame);

    int terminal_ = -1;
    composer compose_;
    clock::time_point due_ = clock::time_point::max();
    clock::time_point framed_{};
    std::vector<std::string> drawn_;
    bool const rewraps_ = rewraps_lines();
    bool inside_line_ = false;  // the output before the block ended without a line feed: there is no room for one
};

}  // namespace muster::output
