// SPDX-License-Identifier: MIT
// The live heap of a test program, in which coroutine frames are counted with all the rest.
#pragma once

#include <cstddef>

namespace support {

/// Blocks and bytes that are allocated now by this program; always 0 under a sanitizer, which looks for leaks itself.
/// A program that calls one of these gets its malloc replaced.
std::size_t live_blocks() noexcept;
std::size_t live_bytes() noexcept;

}  // namespace support
