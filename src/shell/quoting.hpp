// SPDX-License-Identifier: MIT
// Scripts and words in a form that the login shell of a host hands on unchanged, whatever kind of shell it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::shell {

/// Its line ends become blanks. A login shell of any kind (POSIX, csh, fish) hands such a script on in single quotes,
/// if it holds no single quote, no exclamation mark, and no backslash before a backslash.
std::string in_one_line(std::string_view script);

/// For printf's %b (POSIX.1-2017, printf), with nothing in it that single quotes would not keep in every shell. A
/// script reads it back with: x=$(printf %b. "$1"); x=${x%.}
std::string escaped(std::string_view text);

/// One word of a POSIX shell's command line.
std::string quoted(std::string_view text);

/// No shell sees anything in it, wherever it stands.
bool is_plain(char c) noexcept;

/// "033": the byte in three digits.
std::string octal(unsigned char byte);

/// What a command line begins with of which bash is to do `script` in place of its `exec`: a bash that a login has
/// started, as in_one_line() hands it on. Its arguments are those of exec.
std::string in_place_of_exec(std::string_view script);

/// The bash of the command, which such a script becomes, gets the functions of the start-up file that this one has read
/// for the request, and reads it no second time, which it would do at shell level 1. Their names are split: a name
/// of its own could be that of one of the command's variables.
inline constexpr std::string_view bash_hands_on = "export -f -- $(compgen -A function) >/dev/null; SHLVL=2;";

/// A command line that sets these variables ("NAME=VALUE") and then gives `command` to the user's own shell, as sshd(8)
/// would; with or_refusal().
std::string with_variables(std::vector<std::string> const& variables, std::string_view command);

/// `text` as it is where no shell sees anything in it, and quoted otherwise: the same word for sh, csh and fish, which
/// take a backslash between quotes differently.
std::string portable_word(std::string_view text);
std::string portable_line(std::vector<std::string> const& words);

}  // namespace muster::shell
