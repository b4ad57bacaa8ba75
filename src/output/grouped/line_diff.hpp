// SPDX-License-Identifier: MIT
// The differences of two texts, line by line, as diff -u shows them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace muster::output {

/// Behind a last line without a line feed, as diff -u has it.
constexpr std::string_view no_line_end = "\\ No newline at end of file";

/// The text that others are compared with: its lines are told apart once, however many texts follow.
class diff_base {
  public:
    explicit diff_base(std::string text);
    diff_base(diff_base const&) = delete;
    diff_base& operator=(diff_base const&) = delete;

    /// Hunks with three lines around each change: "@@ -1,4 +1,5 @@", " same", "-old", "+new"; empty when the texts are
    /// equal. Nothing when more than `most` lines differ: that is no difference to read.
    std::optional<std::string> diff(std::string_view text, std::size_t most = 1000) const;

  private:
    std::optional<std::vector<int>> numbers_of(std::span<std::string_view const> after, std::span<int const> before,
                                               std::size_t most) const;

    std::string text_;
    std::vector<std::string_view> lines_;
    std::unordered_map<std::string_view, int> known_;  // one number for each distinct line
    std::vector<int> numbers_;                         // of the lines, which are compared by them
};

}  // namespace muster::output
