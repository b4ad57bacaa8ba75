// SPDX-License-Identifier: MIT
// Warnings of a build without NDEBUG about mistakes that compile.
#pragma once

#include <atomic>
#include <string>

namespace muster::coro::detail {

using mistake_listener = void (*)(std::string const& text);

/// Tests hear the warnings instead of standard error; returns who heard them before.
mistake_listener on_mistake(mistake_listener told) noexcept;

/// Nothing while an exception unwinds the stack: what it destroys was not forgotten.
void tell_mistake(std::string const& text) noexcept;

}  // namespace muster::coro::detail
