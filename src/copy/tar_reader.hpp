// SPDX-License-Identifier: MIT
// A tar that is not trusted.
#pragma once

#include <cstdint>
#include <string>

namespace muster::copy {

/// Unpacks the tar in this open file into a new folder. Whatever the tar says, nothing comes to lie outside of it,
/// nothing is written through a link, this user owns what is in it, and no file may be executed. Throws copy_error
/// for a tar that would have it otherwise, is cut short, or has more than `most` bytes, 1,000,000 entries or 100
/// folders in each other; input_error when this machine's disk fails.
void unpack(int file, std::string const& folder, std::uint64_t most);

}  // namespace muster::copy
