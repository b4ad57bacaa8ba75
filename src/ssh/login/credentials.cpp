// SPDX-License-Identifier: MIT
// Reads the files, and reads again those that have changed.
#include "ssh/login/credentials.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "ssh/keys/certificate.hpp"
#include "ssh/keys/public_key_file.hpp"

namespace muster::ssh {

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
        if (error.fault() != key_fault::missing || required) found.error_message = error.what();
    }
    return found;
}

std::vector<std::pair<std::string, file_stamp>> stamps_of(std::vector<std::string> const& paths) {
    std::vector<std::pair<std::string, file_stamp>> stamps;
    for (auto const& path : paths) stamps.emplace_back(path, file_stamp(path));
    return stamps;
}

/// A private key with what lies beside it.
from_files<identity const> key_files(std::string const& path, bool required) {
    auto stamps = stamps_of({path, path + "-cert.pub", path + ".pub"});
    auto found = read_key(path, required);
    if (found.open || !found.locked.empty()) {
        found.certificate = certificate_in(path + "-cert.pub");
        found.pub_certificate = certificate_in(path + ".pub");
    }
    return {std::make_shared<identity const>(std::move(found)), std::move(stamps), {}};
}

from_files<std::optional<public_key> const> certificate_file(std::string const& path) {
    auto stamps = stamps_of({path});
    return {std::make_shared<std::optional<public_key> const>(certificate_in(path)), std::move(stamps), {}};
}

from_files<revoked_keys const> revoked_keys_file(std::string const& path) {
    if (path.empty()) return {std::make_shared<revoked_keys const>(), {}, {}};
    auto stamps = stamps_of({path});
    return {std::make_shared<revoked_keys const>(revoked_keys::read(path)), std::move(stamps), {}};
}

from_files<known_hosts> known_hosts_files(std::pair<std::vector<std::string>, std::vector<std::string>> const& lists) {
    auto files = lists.first;
    files.insert(files.end(), lists.second.begin(), lists.second.end());
    auto stamps = stamps_of(files);
    return {std::make_shared<known_hosts>(files), std::move(stamps), {}};
}

}  // namespace

file_stamp::file_stamp(std::string const& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
    device = found.st_dev;
    inode = found.st_ino;
    size = found.st_size;
    seconds = found.st_mtim.tv_sec;
    nanoseconds = found.st_mtim.tv_nsec;
}

credentials::credentials(std::span<endpoint const> where)
    : for_new_keys_(std::make_shared<std::map<std::string, known_hosts_file>>()) {
    read_all(where);
}

std::shared_ptr<credentials> credentials::with(std::span<endpoint const> where) const {
    auto more = std::make_shared<credentials>(*this);
    more->read_all(where);
    return more;
}

void credentials::read_all(std::span<endpoint const> where) {
    std::set<endpoint const*> jumps;
    for (auto const& endpoint : where) {
        read_one(endpoint);
        for (auto const* jump = endpoint.settings->jump.get(); jump != nullptr && jumps.insert(jump).second;
             jump = jump->settings->jump.get())
            read_one(*jump);
    }
}

void credentials::read_one(endpoint const& endpoint) {
    for (auto const& file : endpoint.settings->identities)
        read_identity(file, !endpoint.settings->agent_socket.empty());
    for (auto const& file : endpoint.settings->certificates)
        if (!certificates_.contains(file)) certificates_.emplace(file, certificate_file(file));
    read_known_hosts(endpoint);
    read_revoked_keys(endpoint.settings->revoked_host_keys);
}

void credentials::read_identity(identity_file const& file, bool with_agent) {
    auto entry = identities_.find(file.path);
    if (entry == identities_.end()) entry = identities_.emplace(file.path, key_files(file.path, file.required)).first;
    auto const& found = *entry->second.value;
    bool const of_use = found.secret || !found.locked.empty() || (found.open && with_agent);
    if (file.required && !of_use) {
        throw credentials_error(found.error_message.empty() ? file.path + ": no such key file" : found.error_message);
    }
}

void credentials::read_known_hosts(endpoint const& endpoint) {
    auto key = std::pair(endpoint.settings->user_known_hosts, endpoint.settings->global_known_hosts);
    if (!known_hosts_.contains(key)) known_hosts_.emplace(key, known_hosts_files(key));
}

/// A file that can't be read might revoke anything: as with ssh, no host that names it is trusted.
void credentials::read_revoked_keys(std::string const& file) {
    if (revoked_.contains(file)) return;
    try {
        revoked_.emplace(file, revoked_keys_file(file));
    } catch (revoked_keys_error const& error) {
        revoked_.emplace(file,
                         from_files<revoked_keys const>{std::make_shared<revoked_keys const>(), {}, error.what()});
    }
}

namespace {

bool is_usable(identity const& key) {
    return key.secret || !key.locked.empty();
}

/// A key that can't be read any more is still good: it may have been meant to be read once.
from_files<identity const> key_files_again(std::string const& path, identity const& before) {
    auto found = key_files(path, !before.error_message.empty());
    if (is_usable(*found.value) || !is_usable(before)) return found;
    auto kept = before;
    kept.certificate = certificate_in(path + "-cert.pub");
    kept.pub_certificate = certificate_in(path + ".pub");
    found.value = std::make_shared<identity const>(std::move(kept));
    return found;
}

bool any_outdated(auto const& map) {
    return std::ranges::any_of(map, [](auto const& entry) { return entry.second.outdated(); });
}

/// Reads again what has changed. What can't be read keeps its value, with a fault.
void read_again(auto& map, auto const& read) {
    for (auto& [key, entry] : map) {
        if (!entry.outdated()) continue;
        try {
            entry = read(key, *entry.value);
        } catch (std::runtime_error const& error) {
            entry.error = error.what();
        }
    }
}

}  // namespace

std::shared_ptr<credentials> credentials::newer() const {
    if (!any_outdated(identities_) && !any_outdated(certificates_) && !any_outdated(revoked_) &&
        !any_outdated(known_hosts_))
        return nullptr;
    auto next = std::make_shared<credentials>(*this);
    read_again(next->identities_, &key_files_again);
    read_again(next->certificates_, [](auto const& path, auto const&) { return certificate_file(path); });
    read_again(next->revoked_, [](auto const& path, auto const&) { return revoked_keys_file(path); });
    read_again(next->known_hosts_, [](auto const& lists, auto const&) { return known_hosts_files(lists); });
    return next;
}

std::string const& credentials::fault_of(endpoint const& endpoint) const {
    auto const& known =
        known_hosts_.at(std::pair(endpoint.settings->user_known_hosts, endpoint.settings->global_known_hosts)).error;
    return known.empty() ? revoked_.at(endpoint.settings->revoked_host_keys).error : known;
}

known_hosts_file& credentials::file_for_new_keys(endpoint const& endpoint) {
    auto const& path = endpoint.settings->user_known_hosts.front();
    return for_new_keys_->try_emplace(path, path).first->second;
}

ssh::known_hosts& credentials::known_hosts_of(endpoint const& endpoint) {
    return *known_hosts_.at(std::pair(endpoint.settings->user_known_hosts, endpoint.settings->global_known_hosts))
                .value;
}

std::vector<std::string> credentials::warnings() const {
    std::vector<std::string> all;
    for (auto const& [files, lines] : known_hosts_) {
        for (auto const& warning : lines.value->warnings()) {
            if (std::ranges::find(all, warning) == all.end()) all.push_back(warning);
        }
    }
    return all;
}

}  // namespace muster::ssh
