// SPDX-License-Identifier: MIT
// Looks at each byte for what a shell would see in it.
#include "shell/quoting.hpp"

#include <algorithm>

#include "shell/login_shell.hpp"

namespace muster::shell {

namespace {

bool is_kept_by_quotes(unsigned char byte) {
    return byte >= 0x20 && byte != 0x7f && byte != '\'' && byte != '\\' && byte != '!';
}

}  // namespace

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_@%+:,./-").find(c) != std::string_view::npos;
}

std::string octal(unsigned char byte) {
    std::string digits;
    for (int shift = 6; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((byte >> shift) & 7));
    return digits;
}

std::string in_one_line(std::string_view script) {
    std::string line(script);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (is_kept_by_quotes(byte)) {
            out += c;
            continue;
        }
        out += "\\0" + octal(byte);
    }
    return out;
}

std::string quoted(std::string_view text) {
    std::string word = "'";
    for (char const c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

std::string with_variables(std::vector<std::string> const& variables, std::string_view command) {
    // In positional parameters alone: a name of its own could be that of one of the variables.
    constexpr std::string_view script =
        R"sh(while [ $# -gt 1 ]; do set -- "$(printf %b. "$1")" "$@"; export "${1%.}"; shift 2; done; )sh"
        R"sh(set -- "$(printf %b. "$1")"; exec "${SHELL:-/bin/sh}" -c "${1%.}")sh";
    constexpr std::string_view script_of_bash =
        R"sh(shift 4; while [ $# -gt 1 ]; do set -- "$(printf %b. "$1")" "$@"; export "${1%.}"; shift 2; done; )sh"
        R"sh(set -- "$(printf %b. "$1")"; exec "$SHELL" -c "${1%.}";)sh";
    std::string line = "exec /bin/sh -c '" + std::string(script) + "' muster";
    for (auto const& variable : variables) line += " '" + escaped(variable) + "'";
    line += " '" + escaped(command) + "'";
    return or_refusal(in_place_of_exec(std::string(bash_hands_on) + " " + std::string(script_of_bash)) + line);
}

std::string in_place_of_exec(std::string_view script) {
    return R"(test "$SHELL" = /bin/bash -o "$SHELL" = /usr/bin/bash && test "$BASH" = /bin/bash -o "$BASH" = /usr/bin/bash )"
           "&& eval 'exec() { unset -f exec; " +
           std::string(script) + " }'; ";
}

std::string portable_word(std::string_view text) {
    bool plain = !text.empty();
    for (char const c : text) plain = plain && is_plain(c);
    if (plain) return std::string(text);
    std::string out;
    bool open = false;
    auto const set = [&](bool wanted) {
        if (open != wanted) out += '\'';
        open = wanted;
    };
    for (char const c : text) {
        bool const escaped = c == '\'' || c == '\\';
        set(!escaped);
        if (escaped) out += '\\';
        out += c;
    }
    set(false);
    return out.empty() ? "''" : out;
}

std::string portable_line(std::vector<std::string> const& words) {
    std::string line;
    for (auto const& word : words) line.append(line.empty() ? "" : " ").append(portable_word(word));
    return line;
}

}  // namespace muster::shell
