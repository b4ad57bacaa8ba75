// SPDX-License-Identifier: MIT
// Recognises other tools' notations in a host list.
#include "hosts/advice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "hosts/pattern_text.hpp"

namespace muster::hosts {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// "{1..3}" is "[1-3]" here.
std::string advice_on_brace(std::string_view list, std::size_t column) {
    auto const close = list.find('}', column);
    auto const inside = list.substr(column + 1, close == std::string_view::npos ? 0 : close - column - 1);
    auto const dots = inside.find("..");
    if (dots != std::string_view::npos && is_number(inside.substr(0, dots)) && is_number(inside.substr(dots + 2)))
        return fmt::format("; write [{}-{}]", inside.substr(0, dots), inside.substr(dots + 2));
    return "; ranges are written web[1-3,7], and other names with commas between them";
}

bool is_word(std::string_view text) {
    return !text.empty() && name_part_fault(text) == std::nullopt;
}

/// "host:22 root", a line of pssh's host files.
bool is_host_port_and_user(std::string_view line) {
    auto const blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos) return false;
    auto const colon = line.rfind(':', blank);
    auto const user = line.substr(std::min(line.find_first_not_of(" \t", blank), line.size()));
    return colon != std::string_view::npos && is_number(line.substr(colon + 1, blank - colon - 1)) && is_word(user) &&
           std::ranges::none_of(user, [](char c) { return is_digit(c) || c == '.'; });
}

/// "[web]", "[web:children]", and no range or address.
bool is_section(std::string_view line) {
    if (!line.starts_with('[') || !line.ends_with(']')) return false;
    auto const name = line.substr(1, line.size() - 2);
    return !name.empty() && !is_digit(name.front()) && !is_ipv6(name);
}

}  // namespace

std::string advice(std::string_view list, std::size_t column) {
    switch (list[column]) {
        case '{':
            return advice_on_brace(list, column);
        case ';':
            return "; separate hosts with commas";
        case '#':
            return "; comments are for files: --hostfile FILE, or ^FILE in a list";
        case '=':
            return "; an Ansible inventory is read with --inventory";
        case '(':
        case ')':
            return "; the operators , ! & ^ work from left to right, without parentheses";
        default:
            return "";
    }
}

std::string mistake_in_line(std::string_view line) {
    bool const is_utf16 = line.starts_with("\xff\xfe") || line.starts_with("\xfe\xff");
    if (is_utf16) return "this is a file in UTF-16; save it in UTF-8";
    if (is_section(line)) return "this looks like an inventory of Ansible; read it with --inventory";
    if (line.ends_with(':') && is_word(line.substr(0, line.size() - 1)))
        return "this looks like an inventory in YAML; read it with --inventory";
    if (!is_host_port_and_user(line)) return "";
    return fmt::format("a user stands before the host: {}@{}", line.substr(line.find_last_of(" \t") + 1),
                       line.substr(0, line.find_first_of(" \t")));
}

}  // namespace muster::hosts
