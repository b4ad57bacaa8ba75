// SPDX-License-Identifier: MIT
// Configuration files as Python's configparser reads them: [sections] of "key: value" lines.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace muster::hosts {

/// Section to key, in lower case, to value.
using ini_text = std::map<std::string, std::map<std::string, std::string>>;

/// Adds what a text says; what is there already is replaced. Throws lookup_error, which names `path` and the line.
void read_ini(std::string_view text, std::string const& path, ini_text& into);

}  // namespace muster::hosts
