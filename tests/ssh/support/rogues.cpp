// SPDX-License-Identifier: MIT
// See rogues.hpp.
#include "ssh/support/rogues.hpp"

#include <sstream>
#include <stdexcept>

#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

namespace muster::test {

namespace {

std::vector<std::string> command_line(ssh_fleet const& fleet) {
    // Debian's own, which is the one that has asyncssh
    return {"/usr/bin/python3",
            "-W",
            "ignore",
            std::string(source_dir) + "/tests/ssh/support/hostile_server.py",
            fleet.path("server/host_key"),
            fleet.one().address,
            std::to_string(fleet.one().port)};
}

/// The only key of a host signs at once: what is wrong with the answer to an offered key shows where there are two.
bool is_asked_about_keys(std::string const& name) {
    return name.find("pk-ok") != std::string::npos || name.starts_with("auth-") || name.starts_with("rekey-at-login");
}

}  // namespace

rogue_servers::rogue_servers(ssh_fleet const& fleet)
    : real_(fleet.one()), second_key_(new_key(fleet.path("second_key"))), program_(command_line(fleet)) {
    if (!eventually([&] { return program_.out().ends_with("ready\n"); })) {
        throw std::runtime_error("no rogues: " + program_.err());
    }
    std::istringstream lines(program_.out());
    std::string name;
    for (std::uint16_t port = 0; lines >> name >> port;) ports_[name] = port;
}

endpoint rogue_servers::at(std::string const& name) const {
    auto endpoint = at_port(real_, name, ports_.at(name));
    endpoint.settings.change().host_key_alias = known_hosts_name(real_);
    if (is_asked_about_keys(name)) endpoint.settings.change().identities.push_back({second_key_, true});
    return endpoint;
}

}  // namespace muster::test
