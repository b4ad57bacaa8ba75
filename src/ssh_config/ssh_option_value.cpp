// SPDX-License-Identifier: MIT
// The checks of the keywords' values.
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <iterator>
#include <limits>

#include "hosts/host_text.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/jump_route.hpp"
#include "ssh_config/ssh_option.hpp"

namespace muster::ssh_config {
namespace {

using option = ssh_option;
using kind = value_kind;

constexpr std::size_t max_files = 32;

bool is_none(std::string_view text) {
    return equal_ignoring_case(text, "none");
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return equal_ignoring_case(text, word); });
}

// As ssh takes it: up to the largest int.
bool is_number(std::string_view text) {
    unsigned long long value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && error == std::errc{} && end == text.data() + text.size() &&
           value <= static_cast<unsigned long long>(std::numeric_limits<int>::max());
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || (hosts::to_lower(c) >= 'a' && hosts::to_lower(c) <= 'z') || c == '_';
    });
}

bool is_agent(std::string_view text) {
    return !text.starts_with('$') || text.starts_with("${") || is_variable_name(text.substr(1));
}

/// With a 1, which may be part of a name and of a port, in the place of each token and variable of ssh_config(5).
std::string without_tokens(std::string text) {
    for (auto position = text.find("${"); position < text.size(); position = text.find("${", position + 1)) {
        auto const end = text.find('}', position);
        if (end != text.npos) text.replace(position, end - position + 1, "1");
    }
    for (auto position = text.find('%'); position < text.size(); position = text.find('%', position + 1))
        text.replace(position, 2, "1");
    return text;
}

struct choice {
    value_kind kind;
    std::initializer_list<std::string_view> words;
};

// ssh takes these in any case.
bool is_choice(kind kind, std::string_view text) {
    static choice const choices[] = {
        {kind::flag, {"yes", "true", "no", "false"}},
        {kind::strict_host_key_checking, {"yes", "true", "no", "false", "ask", "off", "accept-new"}},
        {kind::address_family, {"any", "inet", "inet6"}},
        {kind::request_tty, {"yes", "true", "no", "false", "force", "auto"}},
        {kind::pubkey_authentication, {"yes", "true", "no", "false", "unbound", "host-bound"}},
        {kind::canonicalize_hostname, {"yes", "true", "no", "false", "always"}},
        {kind::yes_no_ask, {"yes", "true", "no", "false", "ask"}},
        {kind::session_type, {"none", "subsystem", "default"}},
        {kind::compression, {"yes", "no"}},
        {kind::control_master, {"yes", "true", "no", "false", "auto", "ask", "autoask"}},
        {kind::tunnel, {"yes", "true", "no", "false", "ethernet", "point-to-point"}},
        {kind::fingerprint_hash, {"md5", "sha1", "sha256", "sha384", "sha512"}},
        {kind::log_level, {"quiet", "fatal", "error", "info", "verbose", "debug", "debug1", "debug2", "debug3"}},
        {kind::syslog_facility,
         {"daemon", "user", "auth", "authpriv", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
          "local7"}},
    };
    auto const* found = std::ranges::find(choices, kind, &choice::kind);
    return found == std::end(choices) || is_one_of(text, found->words);
}

bool fits(kind kind, std::string const& text) {
    switch (kind) {
        case kind::number:
            return is_number(text);
        case kind::port:
            return to_service_port(text).has_value();
        case kind::time:
            return text == "none" || to_seconds(text).has_value();
        case kind::agent:
            return is_agent(text);
        case kind::jumps:
            return parse_jumps(without_tokens(text)).has_value();
        case kind::positive:
            return is_number(text) && text.find_first_not_of('0') != std::string::npos;
        default:
            return is_choice(kind, text);
    }
}

std::optional<std::string> files_fault(std::vector<std::string> const& words) {
    if (words.size() > 1 && std::ranges::any_of(words, is_none)) return "\"none\" must stand alone";
    if (words.size() > max_files) return fmt::format("more than {} files", max_files);
    return {};
}

std::optional<std::string> variables_fault(std::vector<std::string> const& words, bool with_values) {
    auto const wrong = std::ranges::find_if(
        words, [&](auto const& word) { return word.empty() || (word.find('=') != std::string::npos) != with_values; });
    if (wrong == words.end()) return {};
    return fmt::format("\"{}\" is no {}", hosts::printable(*wrong), with_values ? "NAME=VALUE" : "variable's name");
}

std::optional<unsigned> unit_seconds(char unit) {
    switch (hosts::to_lower(unit)) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 60 * 60;
        case 'd':
            return 24 * 60 * 60;
        case 'w':
            return 7 * 24 * 60 * 60;
        default:
            return {};
    }
}

}  // namespace

std::optional<std::string> value_fault(ssh_keyword const& keyword, std::vector<std::string> const& words) {
    if (words.empty() || words.front().empty()) return "the value is missing";
    if (keyword.kind == kind::anything) return {};
    if (keyword.kind == kind::files) return files_fault(words);
    if (keyword.kind == kind::variables) return variables_fault(words, true);
    if (keyword.kind == kind::names_of_variables) return variables_fault(words, false);
    if (keyword.kind >= kind::rekey_limit && keyword.kind != kind::rest) return form_fault(keyword.kind, words);
    if (words.size() > 1)
        return fmt::format("\"{}\" is one value too many; quote a value with blanks", hosts::printable(words[1]));
    if (keyword.kind == kind::algorithms) return algorithms_fault(algorithms_of(keyword.option), words.front());
    if (!fits(keyword.kind, words.front()))
        return fmt::format("\"{}\" is no value for it", hosts::printable(words.front()));
    return {};
}

std::optional<unsigned> to_seconds(std::string_view text) {
    if (text.empty()) return {};
    std::uint64_t total = 0;
    while (!text.empty()) {
        auto const digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (!is_number(text.substr(0, digits))) return {};
        std::uint64_t value = 0;
        std::from_chars(text.data(), text.data() + digits, value);
        auto const unit = digits < text.size() ? unit_seconds(text[digits]) : 1;
        if (!unit) return {};
        total += value * *unit;
        if (total > static_cast<unsigned>(std::numeric_limits<int>::max())) return {};
        text.remove_prefix(std::min(digits + 1, text.size()));
    }
    return static_cast<unsigned>(total);
}

std::optional<unsigned short> to_service_port(std::string const& text) {
    if (text.find_first_not_of("0123456789") == std::string::npos) return hosts::to_port(text);
    servent entry{};
    servent* found = nullptr;
    std::array<char, 2048> buffer{};
    if (getservbyname_r(text.c_str(), "tcp", &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return {};
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::optional<bool> to_flag(std::string_view text) {
    if (is_one_of(text, {"yes", "true"})) return true;
    if (is_one_of(text, {"no", "false"})) return false;
    return {};
}

bool is_harmless(ssh_option option, std::string_view value) {
    switch (option) {
        case option::verify_host_key_dns:
            return is_one_of(value, {"no", "false", "ask"});
        case option::no_host_authentication_for_localhost:
            return !to_flag(value).value_or(false);
        case option::session_type:
            return equal_ignoring_case(value, "default");
        case option::channel_timeout:
        case option::known_hosts_command:
        case option::pkcs11_provider:
        case option::remote_command:
            return is_none(value);
        default:
            return false;
    }
}

}  // namespace muster::ssh_config
