// SPDX-License-Identifier: MIT
// A tar of what is in a directory.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "copy/tree.hpp"

namespace muster::copy {

/// Gives the tar of `tree`, which lies at `path`, to `take`, piece by piece, and notes the digest of each file in the
/// tree. What is in it has no owner. Throws copy_error when a file can't be read or changes meanwhile.
void write_tar(std::string const& path, std::vector<tree_entry>& tree, std::function<void(std::string_view)> take);

}  // namespace muster::copy
