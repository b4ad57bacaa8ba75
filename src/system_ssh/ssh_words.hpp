// SPDX-License-Identifier: MIT
// The command line of the system's ssh for one step on one host.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/job.hpp>

#include "system_ssh/ssh_answers.hpp"

namespace muster::system_ssh {

/// What has been said of a host besides its name, in the list of hosts, an inventory or for all: it goes before ssh's
/// configuration, which says the rest. Empty: nothing.
struct ssh_target {
    std::string name;  ///< what ssh is asked to connect to, and its configuration about
    std::string user = {};
    std::optional<std::uint16_t> port = {};
    std::string jump = {};  ///< "[user@]host[:port],..."
};

/// What the program's user has said for all hosts; empty: nothing.
struct ssh_settings {
    std::vector<std::string> options;  ///< -o, in order; they come first, and so count
    std::optional<std::string> config_file;
    std::optional<address_family> family;
    std::string jump;
    bool forward_agent = false;
    bool accept_new = false;
    std::optional<ssh_answers> answers = {};
    std::function<ssh_target(endpoint const&)> target_of;
};

/// Its questions are answered; else it must ask nothing.
bool asks_questions(ssh_settings const& settings);

/// The user has said so: then another ssh may send the command.
bool shares_connections(ssh_settings const& settings);

/// `connect_timeout` in seconds; 0: as the configuration says.
std::vector<std::string> ssh_words(ssh_settings const& settings, endpoint const& endpoint, step const& step,
                                   long connect_timeout);

}  // namespace muster::system_ssh
