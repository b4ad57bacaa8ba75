// SPDX-License-Identifier: MIT
// Small coroutines that tests are made of, and readers of what they throw.
#pragma once

#include "support/virtual_loop.hpp"

#include <muster/coro/event.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/time.hpp>

#include <asio/system_error.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// Returns `value` after d, in virtual time at no cost.
template <class T>
muster::coro::awaitable<T> after(muster::coro::duration d, T value) {
    if (d > d.zero()) co_await muster::coro::sleep_for(d);
    co_return value;
}

inline muster::coro::awaitable<void> fail_after(muster::coro::duration d, char const* text = "boom") {
    if (d > d.zero()) co_await muster::coro::sleep_for(d);
    throw std::runtime_error(text);
}

inline muster::coro::awaitable<void> forever() {
    muster::coro::event never;
    co_await never.wait();
}

/// The error that f throws is a cancellation.
template <class F>
bool throws_aborted(F f) {
    try {
        f();
    } catch (asio::system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
    }
    return false;
}

/// The texts of the group that `work` throws, in order; empty if it throws none.
template <class T>
std::vector<std::string> errors_of(virtual_loop& loop, muster::coro::awaitable<T> work) {
    std::vector<std::string> texts;
    try {
        loop.run(std::move(work));
    } catch (muster::coro::exception_group const& group) {
        for (auto const& error : group.exceptions()) texts.push_back(muster::coro::describe(error));
    }
    return texts;
}

}  // namespace support
