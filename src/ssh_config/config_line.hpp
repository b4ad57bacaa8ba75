// SPDX-License-Identifier: MIT
// One line of ssh_config cut into keyword and words, by the quoting rules of ssh_config(5).
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ssh_config {

/// The reason why a line makes no sense; whoever knows the file and the line adds them.
struct config_line_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct config_line {
    std::string keyword;    ///< lower case
    std::string_view rest;  ///< what follows the keyword and its optional `=`, without blanks at either end
};

/// Nothing for blank lines and comments. `rest` points into `line`. Throws config_line_error.
std::optional<config_line> split_keyword(std::string_view line);

/// The words of a line's rest: blanks separate, single and double quotes and backslashes protect, a word that begins
/// with `#` ends the line. Throws config_line_error for an open quote.
std::vector<std::string> split_words(std::string_view rest);

/// The words of a Match line as OpenSSH before 9.9 splits it: blanks and one `=` separate, double quotes protect, and
/// nothing else does. Throws config_line_error for an open quote.
std::vector<std::string> split_old_words(std::string_view rest);

/// `text` fits `pattern`, in which `*` stands for any text and `?` for any character. Case counts.
bool matches_pattern(std::string_view text, std::string_view pattern);

/// `text` fits one of the comma-separated patterns, and none of those that begin with `!`.
bool matches_pattern_list(std::string_view text, std::string_view patterns);

/// ASCII.
std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace muster::ssh_config
