// SPDX-License-Identifier: MIT
// Which executor an any_io_executor holds.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <typeinfo>

namespace muster::coro::detail {

/// Null unless it holds one of that type: Asio 1.22's own target() does not look.
template <class Executor>
Executor const* target_of(executor const& ex) {
    return ex.target_type() == typeid(Executor) ? ex.target<Executor>() : nullptr;
}

}  // namespace muster::coro::detail
