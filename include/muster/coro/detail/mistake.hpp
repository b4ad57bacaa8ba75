// SPDX-License-Identifier: MIT
// Mistakes that compile: warnings about them, and the switch for all that looks for them.
#pragma once

#include <atomic>
#include <string>

namespace muster::coro::detail {

/// Whether warnings are given and loops are watched. One switch for the program: no class or function differs by
/// NDEBUG, since of each the linker keeps one copy, from whichever file.
bool is_debugging() noexcept;
void set_debugging(bool on) noexcept;

#ifndef NDEBUG
// A file that is built without NDEBUG turns it on.
[[maybe_unused]] static bool const debugging_is_on = (set_debugging(true), true);
#endif

using mistake_listener = void (*)(std::string const& text);

/// Tests hear the warnings instead of standard error; returns who heard them before.
mistake_listener on_mistake(mistake_listener told) noexcept;

/// Nothing unless debugging, nor while an exception unwinds the stack: what it destroys was not forgotten.
void tell_mistake(std::string const& text) noexcept;

/// Ends the program with the rule that it broke, debugging or not.
[[noreturn]] void die_of_mistake(std::string const& text) noexcept;

}  // namespace muster::coro::detail
