// SPDX-License-Identifier: MIT
// See credentials.hpp.
#include "ssh/login/credentials.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "ssh/keys/certificate.hpp"
#include "ssh/keys/public_key_file.hpp"

namespace muster::ssh {

credentials::credentials(std::span<endpoint const> where) {
    std::set<endpoint const*> jumps;
    for (auto const& one : where) {
        read_all(one);
        for (auto const* jump = one.jump.get(); jump != nullptr && jumps.insert(jump).second; jump = jump->jump.get())
            read_all(*jump);
    }
}

void credentials::read_all(endpoint const& where) {
    for (auto const& file : where.identities) read_identity(file, !where.agent_socket.empty());
    for (auto const& file : where.certificates) read_certificate(file);
    read_known_hosts(where);
    read_revoked_keys(where.revoked_host_keys);
}

namespace {

/// Certificates in key files are keys of type ...-cert-v01@openssh.com.
std::optional<public_key> certificate_in(std::string const& path) {
    auto found = read_public_key(path);
    if (found && !is_certificate(found->type())) found.reset();
    return found;
}

/// The key that is certified, when it is a certificate.
std::optional<public_key> plain_key(std::optional<public_key> found) {
    if (found && is_certificate(found->type())) found->blob = certified_key(found->blob);
    if (found && found->blob.empty()) found.reset();
    return found;
}

identity read_key(std::string const& path, bool required) {
    identity found;
    try {
        auto content = read_key_file(path);
        try {
            found.secret = private_key::parse(content, path);
            found.open = public_key{bytes(found.secret->public_blob().begin(), found.secret->public_blob().end()),
                                    found.secret->comment()};
        } catch (key_error const& error) {
            if (error.fault() == key_fault::encrypted) found.locked = std::move(content);
            throw;
        }
    } catch (key_error const& error) {
        found.open = plain_key(read_public_key(path));
        if (error.fault() != key_fault::missing || required) found.trouble = error.what();
    }
    return found;
}

}  // namespace

void credentials::read_identity(identity_file const& file, bool with_agent) {
    auto const [entry, is_new] = identities_.try_emplace(file.path);
    auto& found = entry->second;
    if (is_new) {
        found = read_key(file.path, file.required);
        if (found.open || !found.locked.empty()) {
            found.certificate = certificate_in(file.path + "-cert.pub");
            found.pub_certificate = certificate_in(file.path + ".pub");
        }
    }
    bool const of_use = found.secret || !found.locked.empty() || (found.open && with_agent);
    if (file.required && !of_use) {
        throw credentials_error(found.trouble.empty() ? file.path + ": no such key file" : found.trouble);
    }
}

void credentials::read_certificate(std::string const& path) {
    auto const [entry, is_new] = certificates_.try_emplace(path);
    if (is_new) entry->second = certificate_in(path);
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

known_hosts_file& credentials::file_for_new_keys(endpoint const& where) {
    auto const& path = where.user_known_hosts.front();
    return for_new_keys_.try_emplace(path, path).first->second;
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
