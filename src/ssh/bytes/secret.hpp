// SPDX-License-Identifier: MIT
// Memory that is overwritten before it is freed: for private keys, passphrases and passwords.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace muster::ssh {

template <class T>
struct wiping_allocator {
    using value_type = T;

    wiping_allocator() = default;
    template <class U>
    wiping_allocator(wiping_allocator<U> const&) noexcept {}

    T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* memory, std::size_t count) noexcept {
        OPENSSL_cleanse(memory, count * sizeof(T));
        std::allocator<T>().deallocate(memory, count);
    }
    friend bool operator==(wiping_allocator const&, wiping_allocator const&) { return true; }
};

using secret_bytes = std::vector<unsigned char, wiping_allocator<unsigned char>>;

/// Up to 15 characters are kept in the object itself and outlive it there, so reserve more for a password.
using secret_text = std::basic_string<char, std::char_traits<char>, wiping_allocator<char>>;

}  // namespace muster::ssh
