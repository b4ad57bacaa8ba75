// SPDX-License-Identifier: MIT
// The way out of common mistakes in host lists.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::hosts {

/// What to write instead of the character at `column`, as the end of an error's text: "; write web[1-3]". Empty where
/// there is nothing to say.
std::string advice(std::string_view list, std::size_t column);

/// What is wrong with a line of a file of hosts that belongs to another kind of file, and what to do; empty for others.
std::string mistake_in_line(std::string_view line);

}  // namespace muster::hosts
