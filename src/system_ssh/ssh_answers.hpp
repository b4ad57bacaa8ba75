// SPDX-License-Identifier: MIT
// What an ssh needs so that muster answers its questions, or refuses them.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace muster::system_ssh {

/// Why a question of the login was not answered.
struct question_refusal {
    std::string reason;       ///< empty: none was refused
    bool of_another = false;  ///< that the ssh had started, such as the one to a jump host; else it was ended itself
};

struct ssh_answers {
    std::vector<std::string> environment;  ///< all of it, "NAME=VALUE"
    /// The program that ssh runs here once it has logged in (LocalCommand); empty: no question of a login is answered.
    std::string login_command;
    /// For the ssh with this process number. Told once.
    std::function<question_refusal(pid_t ssh)> refusal;
};

}  // namespace muster::system_ssh
