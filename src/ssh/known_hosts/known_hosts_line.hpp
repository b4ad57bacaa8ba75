// SPDX-License-Identifier: MIT
// One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), and which names it means.
#pragma once

#include "ssh/bytes/wire.hpp"
#include "ssh/known_hosts/hashed_name.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace muster::ssh {

enum class line_marker { none, revoked, cert_authority };

struct known_hosts_line {
    line_marker marker = line_marker::none;
    std::optional<hashed_name> hidden;  ///< in place of names
    std::string names;                  ///< comma separated, lower case
    bytes key;

    /// Whether the names are compared as they are: no wildcard, no negation.
    bool is_plain() const noexcept { return !hidden && names.find_first_of("*?!") == std::string::npos; }
};

/// A line that can't be understood; `what()` is the reason.
struct bad_line : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One that may have been meant to revoke a key: skipping it would trust what somebody has taken the trust from.
struct bad_revocation : bad_line {
    using bad_line::bad_line;
};

/// Nothing for an empty line or a comment. Throws bad_line, and bad_revocation for what has "@revoked" among its
/// markers, in whatever spelling, cut short, or with something before or behind it.
std::optional<known_hosts_line> parse_known_hosts_line(std::string_view line);

/// Whether a list such as "*.example.com,!bad.example.com" means the name: at least one pattern fits, and none with a
/// "!".
bool list_matches(std::string_view list, std::string_view name) noexcept;

/// Calls `visit` with each element of a comma separated list that is not empty.
template <class Visit>
void for_each_name(std::string_view list, Visit visit) {
    while (!list.empty()) {
        auto const name = list.substr(0, list.find(','));
        list.remove_prefix(name.size() < list.size() ? name.size() + 1 : name.size());
        if (!name.empty()) visit(name);
    }
}

std::string lower_case(std::string_view text);

}  // namespace muster::ssh
