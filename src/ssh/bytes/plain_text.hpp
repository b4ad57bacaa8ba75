// SPDX-License-Identifier: MIT
// A peer's own words made fit for an error message: one line of printable ASCII.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::ssh {

/// At most `limit` characters; line ends become blanks, trailing ones are dropped, other bytes become `\xNN`.
std::string plain_text(std::string_view words, std::size_t limit);

}  // namespace muster::ssh
