// SPDX-License-Identifier: MIT
// The last line of a terminal when it is not output: drawn over again, and out of the way when output comes.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace muster::output {

/// Belongs to the writer's thread. What goes wrong in drawing is not an error: nothing is lost.
class status_line {
  public:
    using clock = std::chrono::steady_clock;
    /// The text for a terminal of so many columns; longer ones are cut.
    using composer = std::function<std::string(std::size_t columns)>;

    /// The text from now on, drawn within 100 ms; null: none.
    void change(int terminal, composer compose);

    /// Call before output goes to a terminal; the line comes back after 100 ms.
    void erase();

    /// When to call draw_if_due.
    clock::time_point due() const noexcept { return due_; }
    /// Draws, again every second, for texts with a time in them.
    void draw_if_due();

  private:
    int terminal_ = -1;
    composer compose_;
    clock::time_point due_ = clock::time_point::max();
    bool shown_ = false;
};

}  // namespace muster::output
