// SPDX-License-Identifier: MIT
// Writing to descriptors that other programs may share. All answer 0 or an errno.
#pragma once

#include <string_view>

namespace muster::files {

/// Blocks until all is written.
int write_all(int descriptor, std::string_view bytes) noexcept;

/// fsync where it makes sense: pipes and terminals answer EINVAL.
int put_on_disk(int descriptor) noexcept;

/// Closes, or for a borrowed descriptor has a copy closed, which reports late errors just as well (close(2)).
int close_checked(int descriptor, bool owned) noexcept;

bool is_pipe(int descriptor) noexcept;

}  // namespace muster::files
