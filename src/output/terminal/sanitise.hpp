// SPDX-License-Identifier: MIT
// Makes bytes of a peer harmless on a terminal: what could drive it is shown instead of done (CWE-150).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::output {

/// A character that a terminal obeys or that changes the order of what is read, above ASCII: C1 controls (ECMA-48),
/// line and paragraph separators, bidirectional controls (Unicode TR9).
bool is_hidden_control(char32_t value) noexcept;

/// What the user's terminal reads. One that does not know UTF-8 may obey bytes inside of its characters: 0x9b is CSI.
enum class charset { utf8, ascii };

/// What the program has found out at its start; UTF-8 before that.
charset charset_of_terminal() noexcept;
void note_charset(charset of_terminal) noexcept;

/// Appends `bytes` with every control character but the tabulator, every hidden control and every byte that is not
/// UTF-8 spelled out: `\x1b`, `\u202e`. A backslash of the peer's own stays as it is.
/// For a terminal that does not know UTF-8 every byte above ASCII is spelled out.
void append_sanitised(std::string& to, std::string_view bytes, charset known = charset_of_terminal());

/// Text of several lines: their line feeds stay.
std::string sanitised_lines(std::string_view text);

/// What an error says. Of line feeds only those stay that set an excerpt apart, which is the last but one line and has
/// a mark ('^') below it: a file's name cannot begin a line.
std::string sanitised_error(std::string_view text);

/// One line of a peer's text for a message: sanitised, and cut with "..." where it grows over `limit` bytes.
std::string sanitised(std::string_view bytes, std::size_t limit = 500);

}  // namespace muster::output
