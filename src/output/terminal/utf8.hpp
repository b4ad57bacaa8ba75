// SPDX-License-Identifier: MIT
// UTF-8 as RFC 3629 defines it: one character at a time, and a check of a stream that comes in pieces.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace muster::output {

enum class utf8_form {
    valid,
    invalid,     ///< the first byte can't be part of a character here
    incomplete,  ///< the bytes end inside a character
};

/// The character at the front of some bytes. `size` is 1 when it is invalid, all that is left when it is incomplete.
struct utf8_char {
    utf8_form form;
    unsigned size;
    char32_t value;  ///< only when valid
};

/// Throws nothing. `bytes` must not be empty.
utf8_char first_char(std::string_view bytes) noexcept;

/// How many bytes at the end (0 to 3) are the beginning of a character that is not complete.
std::size_t incomplete_tail(std::string_view bytes) noexcept;

/// Tells whether a stream is UTF-8, however it is cut into pieces.
class utf8_check {
  public:
    void add(std::string_view bytes) noexcept;

    /// All bytes so far were whole, valid characters.
    bool valid() const noexcept { return good_ && held_size_ == 0; }

  private:
    std::string_view finish_held(std::string_view bytes) noexcept;

    std::array<char, 4> held_{};
    unsigned held_size_ = 0;
    bool good_ = true;
};

}  // namespace muster::output
