// SPDX-License-Identifier: MIT
// What a run needs to prove who it is and to know who the others are: key files and known_hosts files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/login_hooks.hpp>

#include "ssh/keys/private_key.hpp"
#include "ssh/keys/public_key.hpp"
#include "ssh/known_hosts/known_hosts.hpp"
#include "ssh/known_hosts/known_hosts_file.hpp"
#include "ssh/known_hosts/revoked_keys.hpp"

namespace muster::ssh {

/// A file that the user named can't be used: nothing was started. `what()` names the file, the reason and the way out.
struct credentials_error : login_error {
    using login_error::login_error;
};

/// What an identity file turned out to be. With neither key the file is of no use, and `trouble` says why.
struct identity {
    std::optional<private_key> secret;  ///< ready to sign
    secret_text locked;  ///< the content of an encrypted file, which needs a passphrase; empty: it is not
    std::optional<public_key>
        open;  ///< its public half, also of a file whose secret is not usable: the agent may have it
    std::optional<public_key> certificate;      ///< beside it, as KEY-cert.pub
    std::optional<public_key> pub_certificate;  ///< likewise, as KEY.pub
    std::string error_message;  ///< why there is no `secret`; empty for a file that does not exist and need not
};

/// What tells one content of a file from the next. All zeros for what is no file.
struct file_stamp {
    explicit file_stamp(std::string const& path);
    bool operator==(file_stamp const&) const = default;

    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
};

/// A thing that was read from files.
template <class T>
struct from_files {
    std::shared_ptr<T> value;
    std::vector<std::pair<std::string, file_stamp>> files;  ///< by path, as they were before they were read
    std::string error;                                      ///< why they could not be read again; empty: they were

    bool outdated() const {
        return std::ranges::any_of(files, [](auto const& file) { return file_stamp(file.first) != file.second; });
    }
};

/// The files as they were at one time. What it returns by reference lives as long as it; newer() makes the next one.
class credentials {
  public:
    /// Reads all the files that `where` and the jump hosts on the way name; blocks, so not for the loop. Throws
    /// credentials_error for a required identity that can't be used, known_hosts_error for a
    /// known_hosts file that exists but can't be read.
    explicit credentials(std::span<endpoint const> where);

    /// The same with the files of these besides, of which those that are known already are not read again. Blocks, and
    /// throws, as the constructor.
    std::shared_ptr<credentials> with(std::span<endpoint const> where) const;

    /// The same with those files read again that have changed since; null when none has. Blocks, so not for the loop. A
    /// file that can't be read any more is a fault of the hosts that name it.
    std::shared_ptr<credentials> newer() const;
    /// Why the key of this host can't be judged: fault of a known_hosts or RevokedHostKeys file. Empty: it can.
    std::string const& fault_of(endpoint const& endpoint) const;

    /// The files of this endpoint, which must be one of those given to the constructor, or a jump host of one.
    ssh::known_hosts& known_hosts_of(endpoint const& endpoint);
    /// The first of its user_known_hosts, which must not be empty: new keys are recorded there.
    known_hosts_file& file_for_new_keys(endpoint const& endpoint);
    /// What its RevokedHostKeys names; empty when it names no file.
    revoked_keys const& revoked_for(endpoint const& endpoint) const {
        return *revoked_.at(endpoint.settings->revoked_host_keys).value;
    }
    identity const& identity_at(std::string const& path) const { return *identities_.at(path).value; }
    /// What a CertificateFile holds; nothing when that is no certificate.
    std::optional<public_key> const& certificate_at(std::string const& path) const {
        return *certificates_.at(path).value;
    }

    /// Lines of known_hosts files that were skipped.
    std::vector<std::string> warnings() const;

  private:
    using file_list = std::vector<std::string>;

    void read_all(std::span<endpoint const> where);
    void read_one(endpoint const& endpoint);
    void read_identity(identity_file const& file, bool with_agent);
    void read_known_hosts(endpoint const& endpoint);
    void read_revoked_keys(std::string const& file);

    std::map<std::string, from_files<identity const>> identities_;
    std::map<std::string, from_files<std::optional<public_key> const>> certificates_;
    std::map<std::string, from_files<revoked_keys const>> revoked_;  // by file
    std::map<std::pair<file_list, file_list>, from_files<ssh::known_hosts>> known_hosts_;
    /// By path; shared by all that come from the first.
    std::shared_ptr<std::map<std::string, known_hosts_file>> for_new_keys_;
};

}  // namespace muster::ssh
