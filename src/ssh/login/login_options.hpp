// SPDX-License-Identifier: MIT
// What a login may need besides files and an agent: answers of a person, and an ear for messages.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include <muster/login_hooks.hpp>

#include "ssh/bytes/secret.hpp"

namespace muster::ssh {

/// Asks for a secret and waits for it, until a stop is requested; on a thread of its own, one question at a time.
/// Nothing: the user gave none.
using ask_user = std::function<std::optional<secret_text>(std::string const& prompt, std::stop_token stop)>;

/// Asks whether an unknown host key is the right one; likewise.
using ask_about_key = std::function<bool(unknown_server const& server, std::stop_token stop)>;

struct prompting {
    ask_user ask;                       ///< empty: there is no user to ask
    bool password_first = false;        ///< ask for a password before the first connection
    bool password_when_wanted = false;  ///< or when the first server wants one
    ask_about_key accept_host_key{};    ///< empty: the host's policy decides alone
    std::function<void(bool)>
        in_progress;  ///< called on the loop when a question begins and when it ends; may be empty
};

struct login_options {
    prompting asking;
    /// Called with what a server says before the login; may be empty.
    std::function<void(std::string const& host, std::string const& text)> banner;
    /// Called before and during the run with what the user should know, with each text once; may be empty.
    std::function<void(std::string const& text)> warning;
    /// Called for each message of SSH, with its name and its length in bytes; may be empty.
    std::function<void(std::string const& host, bool outgoing, std::string const& name, std::size_t length)> message;
    /// Called with each line that a host's ProxyCommand writes to standard error; may be empty.
    std::function<void(std::string const& host, std::string const& line)> proxy_said;
};

}  // namespace muster::ssh
