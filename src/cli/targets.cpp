// SPDX-License-Identifier: MIT
// See targets.hpp.
#include "cli/targets.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "ssh_config/endpoints.hpp"

namespace muster::cli {

namespace {

host_list parse_pattern(std::string const& pattern, std::size_t limit) {
    try {
        return parse_hosts(pattern, limit);
    } catch (host_syntax_error const& error) {
        throw target_error(fmt::format("hosts: {}\n{}", error.what(), error.excerpt()));
    }
}

struct close_file {
    void operator()(std::FILE* file) const noexcept {
        if (file != stdin) std::fclose(file);
    }
};

std::string read_all(std::string const& path) {
    std::unique_ptr<std::FILE, close_file> const file(path == "-" ? stdin : std::fopen(path.c_str(), "re"));
    auto const fail = [&] {
        throw target_error(fmt::format("hostfile {}: {}", path, std::generic_category().message(errno)));
    };
    if (!file) fail();
    std::string text;
    char block[65536];
    while (auto const got = std::fread(block, 1, sizeof block, file.get())) text.append(block, got);
    if (std::ferror(file.get()) != 0) fail();
    return text;
}

host_list parse_file(std::string const& path, std::size_t limit) {
    try {
        return parse_hostfile(read_all(path), path, limit);
    } catch (host_syntax_error const& error) {
        throw target_error(fmt::format("hostfile {}\n{}", error.what(), error.excerpt()));
    }
}

endpoint local_endpoint(host const& one) {
    endpoint where;
    where.label = one.label();
    where.name = one.name;
    where.address = one.name;
    return where;
}

void ask_for_session(endpoint& where, ssh_arguments const& given) {
    if (given.tty) where.tty = tty_request::yes;
    if (!given.forward_agent) return;
    where.forward_agent_socket = where.agent_socket;
    if (where.agent_socket.empty() && where.fault.empty()) {
        where.fault =
            "-A: there is no agent to lend (SSH_AUTH_SOCK is not set, or IdentityAgent is none); start ssh-agent, or "
            "leave out -A";
    }
}

}  // namespace

host_list read_hosts(arguments const& given) {
    host_list hosts;
    for (auto const& pattern : given.hosts) hosts.add(parse_pattern(pattern, given.max_hosts));
    for (auto const& path : given.hostfiles) hosts.add(parse_file(path, given.max_hosts));
    if (hosts.empty()) throw target_error("no hosts");
    if (hosts.size() > given.max_hosts) {
        throw target_error(fmt::format("{} hosts are more than --max-hosts {}", hosts.size(), given.max_hosts));
    }
    return hosts;
}

std::vector<endpoint> make_endpoints(host_list const& hosts, arguments const& given) {
    if (given.transport == transport_kind::exec) {
        std::vector<endpoint> where;
        for (auto const& one : hosts) where.push_back(local_endpoint(one));
        return where;
    }
    ssh_config::ssh_settings settings;
    settings.config_file = given.ssh.config;
    settings.options = given.ssh.settings;
    settings.user = given.ssh.user;
    settings.port = given.ssh.port;
    settings.identities = given.ssh.identities;
    settings.family = given.ssh.family;
    settings.jump = given.ssh.jump;
    settings.accept_new = given.ssh.accept_new;
    if (given.connect_timeout_given) settings.connect_timeout = given.how.connect_timeout;
    auto where = ssh_config::make_endpoints(hosts, settings, ssh_config::this_account());
    for (auto& one : where) ask_for_session(one, given.ssh);
    if (given.lease)
        for (auto& one : where) one.tty = tty_request::no;  // RequestTTY of the configuration: the lease has the input
    return where;
}

}  // namespace muster::cli
