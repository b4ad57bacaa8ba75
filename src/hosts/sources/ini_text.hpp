// SPDX-License-Identifier: MIT
// Configuration files as Python's configparser reads them: [sections] of "key: value" lines.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace muster::hosts {

/// Section to key, in lower case, to value.
struct ini_section {
    std::map<std::string, std::string> keys;
    std::string path;      ///< of the file that it stands in, the last one where it stands in several
    std::size_t line = 0;  ///< of its heading, counted from 1
    std::string heading;
};

using ini_text = std::map<std::string, ini_section>;

/// Adds what a text says; what is there already is replaced. Throws lookup_error, which names `path` and the line.
void read_ini(std::string_view text, std::string const& path, ini_text& into);

}  // namespace muster::hosts
