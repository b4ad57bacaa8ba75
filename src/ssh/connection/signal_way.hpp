// SPDX-License-Identifier: MIT
// How the commands of a server can be signalled: what its identification string and its answers tell.
#pragma once

#include <string_view>

namespace muster::ssh {

/// What a server does with signal requests (RFC 4254 section 6.9) for this login, as far as is known beforehand.
enum class signal_way {
    request,  ///< it may well obey, and says so
    channel,  ///< it never obeys: OpenSSH before 7.9, and before 9.8 for root
};

/// `banner` is the server's identification string (RFC 4253 section 4.2).
signal_way way_to_signal(std::string_view banner, std::string_view user) noexcept;

/// Whether a debug message of OpenSSH's after the login says that the key runs a command of its own.
bool tells_forced_command(std::string_view debug_message) noexcept;

}  // namespace muster::ssh
