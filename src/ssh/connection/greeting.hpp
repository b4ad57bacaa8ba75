// SPDX-License-Identifier: MIT
// What a peer sends before the key exchange, read byte by byte without any I/O.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::ssh {

/// Finds the identification string of RFC 4253 section 4.2, which may have lines of the server's before it, and keeps
/// the begin of what was sent. An endless greeting, a NUL byte and a version other than 2 are errors.
///
/// The mistake: to give it the bytes behind the identification string. read() says how many were not for it.
class greeting_reader {
  public:
    /// What may come before the end of the identification string.
    static constexpr std::size_t limit = 64 * 1024;

    /// Takes what belongs to the greeting and returns how many bytes that was. Takes none when it is complete, or
    /// wrong.
    std::size_t read(std::string_view bytes);

    /// The identification string has come, and it is one of SSH 2.
    bool complete() const noexcept { return state_ == state::complete; }
    /// Why this is no server of SSH 2; empty: nothing is wrong so far. The peer's words in it are sanitised.
    std::string const& error() const noexcept { return error_; }
    /// What the peer has sent, sanitised and cut; empty: nothing.
    std::string text() const;

  private:
    enum class state { line_start, other_line, version_line, complete };

    void take(char byte);
    void end_line();

    state state_ = state::line_start;
    std::string line_;  // its begin
    std::string text_;
    std::size_t bytes_ = 0;
    std::string error_;
};

}  // namespace muster::ssh
