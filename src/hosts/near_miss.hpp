// SPDX-License-Identifier: MIT
// The known name that a mistyped one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::hosts {

/// How many characters must be changed, added or removed to make one word of the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

/// "; did you mean @web?", with `mark` before the name; empty where no name is near.
std::string did_you_mean(std::string_view typed, std::vector<std::string> const& names, std::string_view mark);

}  // namespace muster::hosts
