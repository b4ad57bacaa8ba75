// SPDX-License-Identifier: MIT
// Copies them one by one.
#include "cli/hosts/connection_settings.hpp"

namespace muster::cli {

ssh_settings settings_of(arguments const& args) {
    ssh_settings settings;
    settings.config_file = args.ssh.config;
    settings.options = args.ssh.settings;
    settings.user = args.ssh.user;
    settings.port = args.ssh.port;
    settings.identities = args.ssh.identities;
    settings.family = args.ssh.family;
    settings.jump = args.ssh.jump;
    settings.accept_new = args.ssh.accept_new;
    if (args.connect_timeout_given) settings.connect_timeout = args.how.connect_timeout;
    settings.command = args.command;
    return settings;
}

}  // namespace muster::cli
