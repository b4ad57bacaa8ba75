// SPDX-License-Identifier: MIT
// Reads one line of a known_hosts file.
#include "ssh/known_hosts/known_hosts_line.hpp"

#include "ssh/keys/public_key.hpp"

#include <algorithm>

namespace muster::ssh {

namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t longest_line = std::size_t{256} << 10U;

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

std::string_view take_word(std::string_view& text) {
    auto const word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    skip_blanks(text);
    return word;
}

line_marker take_marker(std::string_view& line) {
    if (!line.starts_with('@')) return line_marker::none;
    auto const word = take_word(line);
    if (line.starts_with('@')) throw bad_line("more than one marker");
    if (word == "@revoked") return line_marker::revoked;
    if (word == "@cert-authority") return line_marker::cert_authority;
    throw bad_line("unknown marker");
}

bytes take_key(std::string_view& line) {
    auto const type = take_word(line);
    auto const encoded = take_word(line);
    if (type.empty() || encoded.empty()) throw bad_line("no key");
    auto key = from_base64(encoded);
    if (!key) throw bad_line("the key is not base64");
    if (key_type(*key) != type) throw bad_line("the key is not of the type the line says");
    if (!well_formed(*key)) throw bad_line("the key is damaged");
    return std::move(*key);
}

void read_names(std::string_view word, known_hosts_line& into) {
    if (!word.starts_with('|')) {
        into.names = lower_case(word);
        return;
    }
    into.hidden = parse_hashed_name(word);
    if (!into.hidden) throw bad_line("the hashed name is damaged");
}

bool may_mean_revoked(std::string_view marker) {
    constexpr std::string_view revoked = "@revoked";
    auto const word = lower_case(marker);
    bool const is_cut = word.starts_with('@') && revoked.starts_with(word);
    return is_cut || word.find(revoked) != std::string::npos;
}

/// Looks at the first word, whatever it begins with, and at each further marker.
bool may_be_revocation(std::string_view line) {
    do {
        if (may_mean_revoked(take_word(line))) return true;
    } while (line.starts_with('@'));
    return false;
}

/// Shell wildcards, `*` and `?`. Goes back to the last star only, so the time is at most the product of both lengths.
bool pattern_matches(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t after_star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (after_star != std::string_view::npos) {
            p = after_star;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

namespace {

known_hosts_line parsed(std::string_view line) {
    if (line.size() > longest_line) throw bad_line("longer than any key");
    if (line.find('\0') != std::string_view::npos) throw bad_line("a NUL byte");

    known_hosts_line found;
    found.marker = take_marker(line);
    auto const names = take_word(line);
    found.key = take_key(line);
    read_names(names, found);
    return found;
}

}  // namespace

std::optional<known_hosts_line> parse_known_hosts_line(std::string_view line) {
    while (line.ends_with('\r')) line.remove_suffix(1);
    skip_blanks(line);
    if (line.empty() || line.starts_with('#')) return std::nullopt;
    try {
        return parsed(line);
    } catch (bad_line const& error) {
        if (may_be_revocation(line)) throw bad_revocation(error.what());
        throw;
    }
}

bool list_matches(std::string_view list, std::string_view name) noexcept {
    bool wanted = false;
    bool excluded = false;
    for_each_name(list, [&](std::string_view pattern) {
        bool const negated = pattern.starts_with('!');
        if (negated) pattern.remove_prefix(1);
        if (pattern_matches(pattern, name)) (negated ? excluded : wanted) = true;
    });
    return wanted && !excluded;
}

}  // namespace muster::ssh
