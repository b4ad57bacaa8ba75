// SPDX-License-Identifier: MIT
// Checks of values that have a form of their own. Most belong to keywords that change nothing here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>

#include "hosts/host_text.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/ssh_option.hpp"

namespace muster::ssh_config {

using hosts::printable;

namespace {

using kind = value_kind;
using strings = std::vector<std::string>;

bool is_none(std::string_view text) {
    return equal_ignoring_case(text, "none");
}

std::optional<unsigned> to_number(std::string_view text, unsigned most) {
    unsigned out = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || out > most) return {};
    return out;
}

bool is_port(std::string const& text) {
    return text == "0" || to_service_port(text).has_value();
}

/// "none" or another word that stands for all stands alone.
bool is_alone(strings const& words, std::string_view word) {
    return words.size() == 1 ||
           std::ranges::none_of(words, [&](auto const& item) { return equal_ignoring_case(item, word); });
}

bool is_rekey_limit(strings const& words) {
    auto const bytes = to_bytes(words.front());
    if (!bytes || (*bytes != 0 && *bytes < 16) || words.size() > 2) return false;
    return words.size() == 1 || words[1] == "none" || to_seconds(words[1]);
}

bool is_domain(std::string_view text) {
    auto const is_word = [](char c) {
        return (c >= '0' && c <= '9') || (hosts::to_lower(c) >= 'a' && hosts::to_lower(c) <= 'z') || c == '_';
    };
    return !text.empty() && is_word(text.front()) && text.find("..") == text.npos &&
           std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool are_domains(strings const& words) {
    return is_alone(words, "none") && std::ranges::all_of(words, is_domain);
}

bool are_permitted_cnames(strings const& words) {
    if (words.size() == 1 && is_none(words.front())) return true;
    return std::ranges::all_of(words, [](auto const& word) {
        auto const colon = word.find(':');
        return word == "*" || (colon != word.npos && colon + 1 < word.size());
    });
}

bool are_channel_timeouts(strings const& words) {
    if (words.size() == 1 && is_none(words.front())) return true;
    return std::ranges::all_of(words, [](auto const& word) {
        auto const equals = word.find('=');
        return equals != 0 && equals != word.npos && to_seconds(word.substr(equals + 1));
    });
}

bool is_yes_no(std::string_view text) {
    return to_flag(text).has_value() || equal_ignoring_case(text, "ask");
}

// yes, no, ask, confirm, a time, or confirm and a time.
bool is_add_keys(strings const& words) {
    auto const confirm = equal_ignoring_case(words.front(), "confirm");
    if (words.size() == 2) return confirm && to_seconds(words[1]);
    return words.size() == 1 && (confirm || is_yes_no(words.front()) || to_seconds(words.front()));
}

bool is_control_persist(std::string_view text) {
    return text == "yes" || text == "no" || text == "true" || text == "false" || to_seconds(text);
}

bool is_escape_char(std::string_view text) {
    return text == "none" || text.size() == 1 ||
           (text.size() == 2 && text.front() == '^' && static_cast<unsigned char>(text[1]) >= 64 &&
            static_cast<unsigned char>(text[1]) < 128);
}

struct forward_field {
    std::string text;
    bool is_path = false;
};

// The parts between colons; brackets and backslashes protect. Nothing for an open bracket.
std::optional<std::vector<forward_field>> forward_fields(std::string_view text) {
    std::vector<forward_field> out;
    while (!text.empty()) {
        forward_field field;
        if (text.front() == '[') {
            auto const end = text.find(']');
            if (end == text.npos || (end + 1 < text.size() && text[end + 1] != ':')) return {};
            field.text = text.substr(1, end - 1);
            text.remove_prefix(std::min(end + 2, text.size()));
        } else {
            std::size_t position = 0;
            for (; position < text.size() && text[position] != ':'; ++position) {
                if (text[position] == '\\' && ++position == text.size()) return {};
                field.text += text[position];
            }
            text.remove_prefix(std::min(position + 1, text.size()));
        }
        field.is_path = field.text.find('/') != std::string::npos;
        out.push_back(std::move(field));
    }
    return out;
}

// Only the server may choose the port.
bool is_listener(std::vector<forward_field> const& fields, bool is_remote) {
    if (fields.size() == 1 && fields[0].is_path) return true;
    if (fields.empty() || fields.size() > 2 || (fields.size() == 2 && fields[0].is_path)) return false;
    return is_port(fields.back().text) && (is_remote || fields.back().text != "0");
}

bool is_target(std::vector<forward_field> const& fields) {
    if (fields.size() == 1) return fields[0].is_path;
    return fields.size() == 2 && is_port(fields[1].text) && fields[1].text != "0";
}

bool is_forward(kind kind, strings const& words) {
    auto const fewest = kind == kind::local_forward ? 2u : 1u;
    auto const most = kind == kind::dynamic_forward ? 1u : 2u;
    if (words.size() < fewest || words.size() > most) return false;
    auto const from = forward_fields(words[0]);
    if (!from || !is_listener(*from, kind == kind::remote_forward)) return false;
    if (words.size() == 1) return true;
    auto const to = forward_fields(words[1]);
    return to && is_target(*to);
}

bool is_permitted_open(std::string const& text) {
    auto const colon = text.rfind(':');
    if (colon == text.npos) return false;
    auto const port = text.substr(colon + 1);
    return port == "*" || (is_port(port) && port != "0");
}

bool are_permitted_opens(strings const& words) {
    if (words.size() == 1 && (is_none(words.front()) || equal_ignoring_case(words.front(), "any"))) return true;
    return std::ranges::all_of(words, is_permitted_open);
}

bool is_tunnel_device(std::string_view text) {
    auto const is_id = [](std::string_view id) { return equal_ignoring_case(id, "any") || to_number(id, 0x7ffffffd); };
    auto const colon = text.find(':');
    return is_id(text.substr(0, colon)) && (colon == text.npos || is_id(text.substr(colon + 1)));
}

// As strtol(3) has it: what follows the digits does not count.
bool is_file_mask(std::string_view text) {
    auto const digits = std::min(text.find_first_not_of("01234567"), text.size());
    unsigned value = 0;
    auto const error = std::from_chars(text.data(), text.data() + digits, value, 8).ec;
    return digits > 0 && error == std::errc{} && value <= 0777;
}

// OpenSSH 9.2 takes such a number.
bool is_hexadecimal_byte(std::string_view text) {
    unsigned value = 0;
    if (!text.starts_with("0x")) return false;
    auto const [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    return error == std::errc{} && end == text.data() + text.size() && value <= 255;
}

bool is_ip_qos(std::string_view text) {
    static constexpr std::string_view names[] = {"none", "af11", "af12", "af13",     "af21",       "af22",       "af23",
                                                 "af31", "af32", "af33", "af41",     "af42",       "af43",       "cs0",
                                                 "cs1",  "cs2",  "cs3",  "cs4",      "cs5",        "cs6",        "cs7",
                                                 "ef",   "le",   "va",   "lowdelay", "throughput", "reliability"};
    auto const same = [&](auto name) { return equal_ignoring_case(name, text); };
    return std::ranges::any_of(names, same) || to_number(text, 255) || is_hexadecimal_byte(text);
}

bool is_keystroke_timing(std::string_view text) {
    constexpr std::string_view interval = "interval:";
    if (text == "yes" || text == "true" || text == "no" || text == "false") return true;
    if (!text.starts_with(interval)) return false;
    return to_number(text.substr(interval.size()), 1000).value_or(0) > 0;
}

bool fits(kind kind, strings const& words) {
    auto const is_one = words.size() == 1;
    switch (kind) {
        case kind::rekey_limit:
            return is_rekey_limit(words);
        case kind::domains:
            return are_domains(words);
        case kind::permitted_cnames:
            return are_permitted_cnames(words);
        case kind::channel_timeouts:
            return are_channel_timeouts(words);
        case kind::add_keys:
            return is_add_keys(words);
        case kind::control_persist:
            return is_one && is_control_persist(words.front());
        case kind::escape_char:
            return is_one && is_escape_char(words.front());
        case kind::local_forward:
        case kind::remote_forward:
        case kind::dynamic_forward:
            return is_forward(kind, words);
        case kind::permitted_opens:
            return are_permitted_opens(words);
        case kind::tunnel_device:
            return is_one && is_tunnel_device(words.front());
        case kind::file_mask:
            return is_one && is_file_mask(words.front());
        case kind::ip_qos:
            return words.size() <= 2 && std::ranges::all_of(words, is_ip_qos);
        default:
            return is_one && is_keystroke_timing(words.front());
    }
}

std::string joined(strings const& words) {
    std::string out;
    for (auto const& word : words) out.append(out.empty() ? "" : " ").append(word);
    return out;
}

}  // namespace

std::optional<std::string> form_fault(value_kind kind, std::vector<std::string> const& words) {
    if (fits(kind, words)) return {};
    return fmt::format("\"{}\" is no value for it", printable(joined(words)));
}

std::optional<std::uint64_t> to_bytes(std::string_view text) {
    constexpr std::string_view units = "bkmgtpe";
    if (text == "default") return 0;
    double number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    auto const unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || number < 0 || unit.size() > 1) return {};
    if (unit.empty()) return number < 1e18 ? std::optional(static_cast<std::uint64_t>(number)) : std::nullopt;
    auto const scale = units.find(hosts::to_lower(unit.front()));
    if (scale == units.npos) return {};
    for (std::size_t i = 0; i < scale; ++i) number *= 1024;
    if (number >= 9e18) return {};
    return static_cast<std::uint64_t>(number);
}

}  // namespace muster::ssh_config
