// SPDX-License-Identifier: MIT
// A login shell that starts no other program, as a restricted one (rbash): what muster puts around a command can't run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::shell {

/// `line` puts a program in the shell's place. A shell that can't do so says that as its last line, with a status of
/// its own: nothing has run.
std::string or_refusal(std::string line);

/// The line was made by or_refusal().
bool may_be_refused(std::string_view line);

/// Reads the standard output of such a line.
class refusal_reader {
  public:
    void take(std::string_view bytes);

    /// The line has ended so.
    bool is_refused(std::optional<std::uint32_t> status) const;

  private:
    std::string end_;  // of the output
};

/// In words, with the way out.
inline constexpr std::string_view refusal_words =
    "the login shell starts no other program (a restricted shell?), as --lease and --env need; run without";

}  // namespace muster::shell
