// SPDX-License-Identifier: MIT
// The last lines of a host's output, kept in bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <muster/event.hpp>

namespace muster::output {

/// Both streams' lines in the order in which they ended.
class last_lines {
  public:
    /// More bytes of a line are not kept.
    static constexpr std::size_t longest = 400;

    explicit last_lines(std::size_t count) : count_(count) {}

    void feed(stream from, std::string_view bytes);

    /// At most `count`, oldest first, without line ends; what stands behind the last line end counts as a line.
    std::vector<std::string> lines() const;

  private:
    void keep(std::string line);

    std::size_t count_;
    std::deque<std::string> lines_;
    std::array<std::string, 2> begun_;  // of each stream
};

}  // namespace muster::output
