// SPDX-License-Identifier: MIT
// The differences of two texts, line by line, as diff -u shows them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace muster::output {

/// Behind a last line without a line feed, as diff -u has it.
constexpr std::string_view no_line_end = "\\ No newline at end of file";

/// Hunks with three lines around each change: "@@ -1,4 +1,5 @@", " same", "-old", "+new"; empty when the texts are
/// equal. Nothing when more than `most` lines differ: that is no difference to read.
std::optional<std::string> line_diff(std::string_view before, std::string_view after, std::size_t most = 1000);

}  // namespace muster::output
