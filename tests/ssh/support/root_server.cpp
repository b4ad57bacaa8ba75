// SPDX-License-Identifier: MIT
// See root_server.hpp.
#include "ssh/support/root_server.hpp"

#include <unistd.h>

#include <filesystem>

#include "support/paths.hpp"

namespace muster::test {

namespace {

std::string name_service_wrapper() {
    for (auto const& folder : std::filesystem::directory_iterator("/usr/lib")) {
        auto const file = folder.path() / "libnss_wrapper.so";
        if (std::filesystem::exists(file)) return file;
    }
    return {};
}

}  // namespace

std::string root_server::missing() {
    if (::getuid() != 0) return "needs root";
    if (std::string(sshd).empty() || name_service_wrapper().empty()) return "needs an sshd and libnss_wrapper";
    return {};
}

root_server::root_server()
    : key_(new_key(folder_.path("key"))),
      host_key_(new_key(folder_.path("host_key"))),
      process_(words(), {"LD_PRELOAD=" + name_service_wrapper(), "NSS_WRAPPER_PASSWD=" + accounts("passwd"),
                         "NSS_WRAPPER_GROUP=" + accounts("group")}) {}

bool root_server::listens() const {
    return eventually([this] { return process_.err().find("Server listening") != std::string::npos; }, 10s);
}

endpoint root_server::where() const {
    endpoint endpoint;
    endpoint.label = "h1";
    endpoint.address = "127.0.0.1";
    endpoint.port = port_;
    endpoint.user = "root";
    endpoint.settings.change().identities = {{key_, true}};
    auto const key = read_file(host_key_ + ".pub");
    write_file(folder_.path("known_hosts"), known_hosts_name(endpoint) + " " + key);
    endpoint.settings.change().user_known_hosts = {folder_.path("known_hosts")};
    return endpoint;
}

std::string root_server::config(std::string const& host) const {
    auto const endpoint = where();
    write_file(folder_.path("ssh_config"), "Host " + host + "\n    HostName " + endpoint.address + "\n    Port " +
                                               std::to_string(endpoint.port) + "\n    User root\n    IdentityFile " +
                                               key_ + "\n    UserKnownHostsFile " + folder_.path("known_hosts") + "\n");
    return folder_.path("ssh_config");
}

std::vector<std::string> root_server::words() const {
    write_file(folder_.path("config"), "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) + "\nHostKey " +
                                           host_key_ + "\nAuthorizedKeysFile " + key_ +
                                           ".pub\nPidFile none\nStrictModes no\nUsePAM no\n" +
                                           "PermitRootLogin yes\nPasswordAuthentication no\nPrintLastLog no\n");
    auto const in_own_run = "mount -t tmpfs none /run && mkdir /run/sshd && exec \"$@\"";
    return {"unshare", "--mount", "sh", "-c", in_own_run, "sh", sshd, "-D", "-e", "-f", folder_.path("config")};
}

std::string root_server::accounts(std::string const& file) const {
    auto const home = folder_.path();
    write_file(folder_.path("passwd"),
               "root:x:0:0::" + home + ":/bin/sh\nsshd:x:62999:62999::/nonexistent:/bin/false\n");
    write_file(folder_.path("group"), "root:x:0:\nsshd:x:62999:\n");
    return folder_.path(file);
}

}  // namespace muster::test
