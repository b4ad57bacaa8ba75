// SPDX-License-Identifier: MIT
// What an ssh needs so that muster answers its questions.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace muster::system_ssh {

struct ssh_answers {
    std::vector<std::string> environment;  ///< all of it, "NAME=VALUE"
    std::string login_command;             ///< the program that ssh runs here once it has logged in (LocalCommand)
    /// Why the ssh with this process number was ended before it had logged in; empty: it was not. Told once.
    std::function<std::string(pid_t ssh)> refusal;
};

}  // namespace muster::system_ssh
