// SPDX-License-Identifier: MIT
// Names in few columns that stay different.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::output {

/// `shown` are the names that `name_of` answers, each cut to so many columns. Where several became alike they get the
/// part in which they differ, with what stands around it; where even that has no room they are whole.
void keep_distinct(std::vector<std::string>& shown, std::function<std::string(std::size_t)> const& name_of,
                   std::size_t columns, std::string_view ellipsis);

/// These names, each cut to so many columns.
std::vector<std::string> shortened_names(std::vector<std::string> const& names, std::size_t columns,
                                         std::string_view ellipsis);

}  // namespace muster::output
