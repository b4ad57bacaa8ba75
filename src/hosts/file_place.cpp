// SPDX-License-Identifier: MIT
// Finds lines and columns in a text.
#include "hosts/file_place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <muster/host.hpp>

namespace muster::hosts {

void fail_at(std::string const& path, std::string_view text, std::size_t position, std::string const& reason) {
    auto const used = text.find_last_not_of(" \t\r\n") + 1;  // 0 where there is nothing
    position = std::min(position, used);
    auto const begin = position == 0 ? 0 : text.rfind('\n', position - 1) + 1;
    auto line = text.substr(begin, std::min(text.find('\n', position), text.size()) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto const number = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n') + 1;
    throw host_syntax_error(fmt::format("{}:{}: {}", path, number, reason), std::string(line), position - begin);
}

void fail_in_line(std::string const& path, std::string_view text, std::size_t line, std::size_t column,
                  std::string const& reason) {
    std::size_t begin = 0;
    for (; line > 0 && begin < text.size(); --line) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
    auto const end = std::min(text.find('\n', begin), text.size());
    fail_at(path, text, std::min(begin + column, end), reason);
}

}  // namespace muster::hosts
