// SPDX-License-Identifier: MIT
// Tells a thread that throws without end from one that is busy otherwise.
#pragma once

namespace muster::coro::detail {

/// Of the thread that makes it; any other thread may ask, while that one lives. Reads what the C++ runtime counts per
/// thread (`__cxa_get_globals` of the Itanium C++ ABI, 2.2.2), as a debugger would.
class endless_throws {
  public:
    endless_throws() noexcept;

    /// Looks a thousand times in a second: true when an exception was on its way in more than one look of twenty.
    bool go_on() const;

  private:
    unsigned const* on_their_way_;
};

}  // namespace muster::coro::detail
