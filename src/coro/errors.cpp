// SPDX-License-Identifier: MIT
// Telling a cancellation from other errors, and warnings about mistakes that compile.
#include <muster/coro/detail/mistake.hpp>
#include <muster/coro/errors.hpp>

#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <cstdio>
#include <cstdlib>

namespace muster::coro {

bool is_cancellation(std::exception const& error) noexcept {
    auto const* const known = dynamic_cast<asio::system_error const*>(&error);
    return known != nullptr && known->code() == asio::error::operation_aborted;
}

bool is_cancellation(std::exception_ptr const& error) noexcept {
    if (!error) return false;
    try {
        std::rethrow_exception(error);
    } catch (std::exception const& known) {
        return is_cancellation(known);
    } catch (...) {
        return false;
    }
}

namespace detail {

namespace {
void print_mistake(std::string const& text) {
    std::fprintf(stderr, "muster::coro: %s\n", text.c_str());
}
constinit std::atomic<mistake_listener> listener = print_mistake;
constinit std::atomic<bool> debugging = false;
}  // namespace

bool is_debugging() noexcept {
    return debugging;
}

void set_debugging(bool on) noexcept {
    debugging = on;
}

mistake_listener on_mistake(mistake_listener told) noexcept {
    return listener.exchange(told);
}

void tell_mistake(std::string const& text) noexcept {
    if (is_debugging() && std::uncaught_exceptions() == 0) listener.load()(text);
}

void die_of_mistake(std::string const& text) noexcept {
    listener.load()(text);
    std::abort();
}

}  // namespace detail

}  // namespace muster::coro
