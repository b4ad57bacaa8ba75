// SPDX-License-Identifier: MIT
// See quoting.hpp.
#include "shell/quoting.hpp"

#include <algorithm>

namespace muster::shell {

namespace {

bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte != 0x7f && byte != '\'' && byte != '\\' && byte != '!';
}

}  // namespace

std::string in_one_line(std::string_view script) {
    std::string line(script);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (is_plain(byte)) {
            out += c;
            continue;
        }
        out += "\\0";
        for (int shift = 6; shift >= 0; shift -= 3) out += static_cast<char>('0' + ((byte >> shift) & 7));
    }
    return out;
}

std::string quoted(std::string_view text) {
    std::string word = "'";
    for (char const c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

}  // namespace muster::shell
