// SPDX-License-Identifier: MIT
// Text as one word of a shell.
#pragma once

#include <string>
#include <string_view>

namespace muster::cli {

/// `text` as it is where no shell sees anything in it, and quoted otherwise: the same word for sh, csh and fish, which
/// take a backslash between quotes differently.
std::string shell_quoted(std::string_view text);

}  // namespace muster::cli
