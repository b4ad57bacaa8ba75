// SPDX-License-Identifier: MIT
// A login shell that does not run what muster puts around a command: a restricted one (rbash) starts no other program,
// and nologin, `exit` in a start-up file or a forced command run nothing of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shell/marked_stream.hpp"

namespace muster::shell {

/// `line` puts a program in the shell's place. A shell that can't do so says that as its last line, with a status of
/// its own: nothing has run.
std::string or_refusal(std::string line);

/// The line was made by or_refusal().
bool may_be_refused(std::string_view line);

/// A line of or_refusal(), before which the shell says that it has begun with it.
std::string with_begin(std::string const& line);

/// Reads the standard output of a line of with_begin().
class login_shell_reader {
  public:
    /// What is the command's of it, until the next call.
    std::string_view take(std::string_view bytes);

    /// The line has ended so, and the shell could not start the program.
    bool is_refused(std::optional<std::uint32_t> status) const;

    /// The shell has begun with the line.
    bool has_begun() const noexcept { return !begin_; }

  private:
    std::optional<marked_stream> begin_ = marked_stream(marks());  // until it was found
    std::string shown_;
    std::string end_;  // of the output

    static std::vector<std::string> marks();
};

/// In words, with the way out.
inline constexpr std::string_view refusal_words =
    "the login shell starts no other program (a restricted shell?), as --lease and --env need; run without";

/// The same for a line that has ended with that status before it began.
std::string never_begun_words(std::uint32_t status);

}  // namespace muster::shell
