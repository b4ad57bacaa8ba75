// SPDX-License-Identifier: MIT
// A call to something that lives longer than the call.
#pragma once

#include <memory>
#include <type_traits>

namespace muster::coro::detail {

/// Refers to a callable it doesn't own; empty when made from nothing.
class function_ref {
  public:
    function_ref() = default;

    template <class F>
    requires(!std::is_same_v<std::remove_cv_t<F>, function_ref>) function_ref(F& f)
        : subject_(std::addressof(f)), call_([](void* subject) { (*static_cast<F*>(subject))(); }) {}

    explicit operator bool() const noexcept { return call_ != nullptr; }
    void operator()() const { call_(subject_); }

  private:
    void* subject_ = nullptr;
    void (*call_)(void*) = nullptr;
};

}  // namespace muster::coro::detail
