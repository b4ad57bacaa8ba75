// SPDX-License-Identifier: MIT
// The rules for host names, users and ports.
#include "hosts/host_text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <charconv>

namespace muster::hosts {
namespace {

bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

bool is_name_char(char c) {
    return is_alnum(c) || std::string_view("-_.+").find(c) != std::string_view::npos;
}

// A locale of glibc's own, in which every character has its class.
locale_t utf8_locale() {
    static locale_t const locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

// Bytes of the UTF-8 letter or digit at the front; 0 if there is none. Nothing that moves a terminal's cursor or turns
// its direction of writing is a letter.
std::size_t international_letter(std::string_view text) {
    auto const lead = static_cast<unsigned char>(text.front());
    auto const size = lead >= 0xf0 ? 4u : lead >= 0xe0 ? 3u : 2u;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size || utf8_locale() == nullptr) return 0;
    auto code = static_cast<wint_t>(lead & (0xffu >> (size + 1)));
    for (char const c : text.substr(1, size - 1)) {
        auto const byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0u) != 0x80u) return 0;
        code = (code << 6u) | (byte & 0x3fu);
    }
    auto const shortest = size == 2 ? 0x80u : size == 3 ? 0x800u : 0x10000u;
    return code >= shortest && ::iswalnum_l(code, utf8_locale()) != 0 ? size : 0;
}

// Where the first character stands that can't be in a name, or the end.
std::size_t first_bad(std::string_view text, std::string_view allowed) {
    std::size_t position = 0;
    while (position < text.size()) {
        auto const is_allowed = is_name_char(text[position]) || allowed.find(text[position]) != std::string_view::npos;
        auto const size = is_allowed ? 1 : international_letter(text.substr(position));
        if (size == 0) break;
        position += size;
    }
    return position;
}

struct address_parts {
    std::string_view address;
    std::string_view zone;
    bool has_zone;
};

address_parts split_zone(std::string_view text) {
    auto const percent = text.find('%');
    if (percent == std::string_view::npos) return {text, {}, false};
    return {text.substr(0, percent), text.substr(percent + 1), true};
}

bool to_binary(std::string_view address, in6_addr& out) {
    if (address.size() >= INET6_ADDRSTRLEN || address.find('\0') != std::string_view::npos) return false;
    return inet_pton(AF_INET6, std::string(address).c_str(), &out) == 1;
}

}  // namespace

char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string shown(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", byte);
}

std::string printable(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
    return out;
}

bool is_ipv6(std::string_view text) {
    auto const [address, zone, has_zone] = split_zone(text);
    in6_addr ignored;
    if (!to_binary(address, ignored)) return false;
    return !has_zone ||
           (!zone.empty() && zone.front() != '-' && zone.front() != '.' && std::ranges::all_of(zone, is_name_char));
}

std::string canonical_name(std::string_view name) {
    auto const [address, zone, has_zone] = split_zone(name);
    in6_addr binary;
    if (address.find(':') != std::string_view::npos && to_binary(address, binary)) {
        char text[INET6_ADDRSTRLEN];
        std::string out = inet_ntop(AF_INET6, &binary, text, sizeof text);
        return has_zone ? out.append("%").append(zone) : out;
    }
    std::string out(name);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

std::optional<text_fault> name_part_fault(std::string_view text, std::string_view allowed) {
    auto const position = first_bad(text, allowed);
    if (position < text.size())
        return text_fault{fmt::format("{} can't stand in a host name", shown(text[position])), position};
    auto const dots = text.find("..");
    if (dots == std::string_view::npos) return {};
    return text_fault{"'..' can't stand in a host name", dots};
}

std::optional<text_fault> name_fault(std::string_view name) {
    if (name.empty()) return text_fault{"the host name is missing", 0};
    if (name.size() > max_name_length)
        return text_fault{fmt::format("host name longer than {} bytes", max_name_length), max_name_length};
    if (name.find(':') != std::string_view::npos) {
        if (is_ipv6(name)) return {};
        return text_fault{"neither HOST:PORT nor an IPv6 address; write [ADDRESS]:PORT for an address with a port", 0};
    }
    if (name.front() == '-' || name.front() == '.')
        return text_fault{fmt::format("a host name can't begin with {}", shown(name.front())), 0};
    return name_part_fault(name);
}

std::optional<text_fault> address_fault(std::string_view name) {
    auto const bad = std::ranges::find_if(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (bad == name.end()) return name_fault(name);
    return text_fault{"no name server has names with letters that are not ASCII; give the name's xn-- form as HostName",
                      static_cast<std::size_t>(bad - name.begin())};
}

std::optional<text_fault> user_fault(std::string_view user) {
    if (user.empty()) return text_fault{"the user before '@' is missing", 0};
    if (user.size() > max_name_length)
        return text_fault{fmt::format("user name longer than {} bytes", max_name_length), max_name_length};
    if (user.front() == '-') return text_fault{"a user name can't begin with '-'", 0};
    auto const bad = std::ranges::find_if(user, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f ||
               std::string_view("'`\"$;&<>|(){}[],/:!^").find(c) != std::string_view::npos;
    });
    if (bad != user.end())
        return text_fault{fmt::format("{} can't stand in a user name", shown(*bad)),
                          static_cast<std::size_t>(bad - user.begin())};
    if (user.front() == '@' || user.back() == '@')
        return text_fault{"a user can't be given to a group; use -l", user.front() == '@' ? 0 : user.size() - 1};
    if (user.back() == '\\') return text_fault{"a user name can't end with '\\'", user.size() - 1};
    return {};
}

std::optional<std::uint16_t> to_port(std::string_view text) {
    unsigned value = 0;
    if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (value == 0 || value > 65535) return {};
    return static_cast<std::uint16_t>(value);
}

}  // namespace muster::hosts
