// SPDX-License-Identifier: MIT
// A line of dashes that stands in no output, so that no host can write a heading.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

namespace muster::output {

/// Looks at every stream of a run, piece by piece, and then answers a line of dashes that is in none of them.
class rule_line {
  public:
    /// Where a stream is: at most the dashes of its current line so far.
    struct place {
        std::size_t dashes = 0;
        bool only_dashes = true;
    };

    void add(place& place, std::string_view bytes) noexcept;
    /// The stream has ended.
    void finish(place const& place) noexcept { note(place); }

    std::string text() const;

  private:
    static constexpr std::size_t shortest = 15;  // as dshbak(1) and clush(1) have it
    static constexpr std::size_t longest = 2000;

    void note(place const& place) noexcept;

    std::bitset<longest> seen_;
};

}  // namespace muster::output
