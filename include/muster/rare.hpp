// SPDX-License-Identifier: MIT
// A member that is empty in most objects of its kind, and then takes the room of a pointer.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace muster {

template <class T>
class rare;

namespace detail {

template <class From, class T>
concept kept_as = !std::same_as<std::remove_cvref_t<From>, rare<T>> && std::convertible_to<From, T>;

}  // namespace detail

/// A string or a vector that most objects have empty: a million of them hold a pointer each then. It reads as a
/// `T const&` and copies as a T does; edit() gives the T to write to. References are good until it is assigned or dies.
template <class T>
class rare {
  public:
    using value_type = typename T::value_type;
    using const_iterator = typename T::const_iterator;
    using const_reference = typename T::const_reference;

    rare() noexcept = default;
    template <detail::kept_as<T> From>
    rare(From&& from)  // NOLINT(google-explicit-constructor,bugprone-forwarding-reference-overload): it stands for a T
        : value_(kept(std::forward<From>(from))) {}
    rare(std::initializer_list<value_type> values) : rare(T(values)) {}
    rare(rare const& other) : value_(other.empty() ? nullptr : std::make_unique<T>(*other)) {}
    rare(rare&& other) noexcept = default;
    rare& operator=(rare const& other) { return *this = rare(other); }
    rare& operator=(rare&& other) noexcept = default;
    ~rare() = default;

    template <detail::kept_as<T> From>
    rare& operator=(From&& from) {
        value_ = kept(std::forward<From>(from));
        return *this;
    }

    T const& operator*() const noexcept { return value_ ? *value_ : nothing(); }
    T const* operator->() const noexcept { return &**this; }
    operator T const&() const noexcept { return **this; }  // NOLINT(google-explicit-constructor)
    operator std::string_view() const noexcept             // NOLINT(google-explicit-constructor)
        requires std::same_as<T, std::string> {
        return **this;
    }

    /// To write to.
    T& edit() {
        if (!value_) value_ = std::make_unique<T>();
        return *value_;
    }
    void clear() noexcept { value_.reset(); }

    bool empty() const noexcept { return (**this).empty(); }
    std::size_t size() const noexcept { return (**this).size(); }
    auto data() const noexcept { return (**this).data(); }
    const_iterator begin() const noexcept { return (**this).begin(); }
    const_iterator end() const noexcept { return (**this).end(); }
    const_reference operator[](std::size_t index) const noexcept { return (**this)[index]; }
    const_reference front() const noexcept { return (**this).front(); }
    const_reference back() const noexcept { return (**this).back(); }

    // --- of strings
    char const* c_str() const noexcept { return (**this).c_str(); }
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    std::size_t find(auto const&... what) const noexcept { return (**this).find(what...); }
    std::size_t rfind(auto const&... what) const noexcept { return (**this).rfind(what...); }
    bool starts_with(auto const& what) const noexcept { return (**this).starts_with(what); }
    bool ends_with(auto const& what) const noexcept { return (**this).ends_with(what); }
    T substr(std::size_t from, std::size_t size = npos) const { return (**this).substr(from, size); }
    friend T operator+(T left, rare const& right) { return std::move(left) + *right; }
    friend T operator+(rare const& left, T const& right) { return *left + right; }

    template <std::same_as<rare> Other>
    friend bool operator==(rare const& left, Other const& right) {
        return *left == *right;
    }
    friend bool operator==(rare const& left, T const& right) { return *left == right; }
    template <class Stream>
    requires requires(Stream& to, T const& value) { to << value; }
    friend Stream& operator<<(Stream& to, rare const& value) {
        to << *value;
        return to;
    }

    /// For libfmt from 10 on, which converts nothing by itself.
    friend std::string_view format_as(rare const& value) noexcept requires std::same_as<T, std::string> {
        return *value;
    }

  private:
    static std::unique_ptr<T> kept(T value) { return value.empty() ? nullptr : std::make_unique<T>(std::move(value)); }
    static T const& nothing() noexcept {
        static T const empty;
        return empty;
    }

    std::unique_ptr<T> value_;  // null: empty
};

}  // namespace muster
