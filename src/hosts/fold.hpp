// SPDX-License-Identifier: MIT
// Labels folded without copies of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace muster::hosts {

/// As muster::fold().
std::string fold(std::span<std::string_view const> labels);

/// The same for a list whose order counts: parse_hosts makes these hosts of it in this order.
std::string fold_in_order(std::span<std::string_view const> labels);

}  // namespace muster::hosts
