// SPDX-License-Identifier: MIT
// Words that other programs hand to ssh, such as PDSH_SSH_ARGS and clush -o, as muster's own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

/// "-p 922 -oKey=Value -i FILE" as options here. What ssh does by itself for a run (-T, -q, -x and the like), and the
/// user and host that pdsh puts there (-l%u, %h), mean nothing. Throws std::invalid_argument with the word that has no
/// like here.
std::vector<std::string> options_of_ssh(std::string_view text);

}  // namespace muster::cli
