// SPDX-License-Identifier: MIT
// See credentials.hpp.
#include "ssh/credentials.hpp"

#include <algorithm>
#include <utility>

namespace muster::ssh {

credentials::credentials(std::span<endpoint const> where) {
    for (auto const& one : where) {
        for (auto const& file : one.identities) read_identity(file, !one.agent_socket.empty());
        read_known_hosts(one);
        read_revoked_keys(one.revoked_host_keys);
    }
}

void credentials::read_identity(identity_file const& file, bool with_agent) {
    auto const [entry, is_new] = identities_.try_emplace(file.path);
    auto& found = entry->second;
    if (is_new) {
        try {
            found.secret = private_key::read(file.path);
            found.open = public_key{bytes(found.secret->public_blob().begin(), found.secret->public_blob().end()),
                                    found.secret->comment()};
        } catch (key_error const& error) {
            found.open = read_public_key(file.path);
            if (error.fault() != key_fault::missing || file.required) found.trouble = error.what();
        }
    }
    bool const of_use = found.secret.has_value() || (found.open.has_value() && with_agent);
    if (file.required && !of_use) {
        throw credentials_error(found.trouble.empty() ? file.path + ": no such key file" : found.trouble);
    }
}

void credentials::read_known_hosts(endpoint const& where) {
    auto key = std::pair(where.user_known_hosts, where.global_known_hosts);
    if (known_hosts_.contains(key)) return;
    auto files = where.user_known_hosts;
    files.insert(files.end(), where.global_known_hosts.begin(), where.global_known_hosts.end());
    known_hosts_.emplace(std::move(key), ssh::known_hosts(files));
}

/// A file that can't be read might revoke anything: ssh then trusts no host, and neither do we.
void credentials::read_revoked_keys(std::string const& file) {
    auto const [entry, is_new] = revoked_.try_emplace(file);
    if (!is_new || file.empty()) return;
    try {
        entry->second = revoked_keys::read(file);
    } catch (revoked_keys_error const& error) {
        throw credentials_error(error.what());
    }
}

ssh::known_hosts& credentials::known_hosts_of(endpoint const& where) {
    return known_hosts_.at(std::pair(where.user_known_hosts, where.global_known_hosts));
}

std::vector<std::string> credentials::warnings() const {
    std::vector<std::string> all;
    for (auto const& [files, lines] : known_hosts_) {
        for (auto const& warning : lines.warnings()) {
            if (std::ranges::find(all, warning) == all.end()) all.push_back(warning);
        }
    }
    return all;
}

}  // namespace muster::ssh
