// SPDX-License-Identifier: MIT
// The conditions of a Match line, by the rules of OpenSSH 9.9 and later and by those before them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::ssh_config {

enum class criterion_kind : unsigned char {
    all,
    canonical,
    final,
    host,
    original_host,
    user,
    local_user,
    local_network,
    tagged,
    command,
    session_type,
    version,
    exec,
};

struct criterion {
    criterion_kind kind;
    bool negated;
    std::string argument;  ///< patterns, addresses or a command; `host` and `original_host` in lower case
};

/// What follows the keyword Match. A line is split as OpenSSH 9.9 splits it (single quotes, backslashes); one that
/// makes no sense so, is split as OpenSSH 9.2 does it. Throws config_line_error for a line that makes no sense either
/// way.
std::vector<criterion> parse_match(std::string_view rest);

}  // namespace muster::ssh_config
