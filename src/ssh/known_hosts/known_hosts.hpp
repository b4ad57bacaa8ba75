// SPDX-License-Identifier: MIT
// Which host keys are known: the lines of known_hosts files by OpenSSH's rules (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT),
// indexed so that a look-up does not read them again.
#pragma once

#include "ssh/bytes/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <muster/login_hooks.hpp>

namespace muster::ssh {

/// A known_hosts file that exists but can't be read, has an @revoked line that can't be read, or could not be written.
/// `what()` names it and the reason.
struct known_hosts_error : login_error {
    using login_error::login_error;
};

enum class host_key_state {
    known,      ///< a line has this host with this key
    unknown,    ///< no line has this host
    changed,    ///< lines have this host with other keys only, be it of another type
    revoked,    ///< an @revoked line has this host with this key
    undecided,  ///< neither known nor revoked; unknown or changed, which takes known_hosts::scan() to tell
};

struct host_key_verdict {
    host_key_state state = host_key_state::unknown;
    std::string file;      ///< of the line that decided: known, changed or revoked
    std::size_t line = 0;  ///< of that file, from 1; 0: learned in this run
    std::string type;      ///< of that line's key, such as "ssh-ed25519"
    /// When changed: the types of all keys known for the host, best first. If the server's key is of a type that is not
    /// among them, ssh would have asked the server for one of these: connect again with them in front, once.
    std::vector<std::string> known_types;
};

/// All lines of some known_hosts files. What was read never changes; `learn` adds beside it.
///
/// Names are compared without regard to case. A port other than 22 makes the name "[name]:port"; where no line has
/// that, a line of the bare name counts if it has the key, as with ssh. For a HostKeyAlias give the alias, with
/// port 22. Lines of @cert-authority match no plain key: they answer check_authority. Lines that can't be understood
/// are skipped, with a warning; one that may revoke a key is an error.
///
/// Hashed names can only be found by computing a hash for each line. So they are looked up by the key the server has
/// shown, which leaves one line or two. What is left, telling a changed key from an unknown one in a file with many
/// hashed lines (0.04 s for 100,000), is `scan`, and not for the loop.
class known_hosts {
  public:
    known_hosts();
    /// Reads the files in the order of their preference. A missing one is empty. Blocks; throws known_hosts_error.
    explicit known_hosts(std::vector<std::string> const& files);
    /// Adds the lines of `content`, as if they were in `file`. Throws known_hosts_error.
    void parse(std::string_view content, std::string const& file);

    known_hosts(known_hosts&&) noexcept;
    known_hosts& operator=(known_hosts&&) noexcept;
    ~known_hosts();

    /// The verdict on the key that `name` has shown. Fast; never `undecided` unless the files have many hashed lines.
    host_key_verdict check(std::string_view name, std::uint16_t port, byte_view key) const;

    /// Whether some line names an authority for certificates of this host: then the algorithms for them may be offered.
    bool has_authority(std::string_view name, std::uint16_t port) const;

    /// The verdict on the key of an authority that vouches for the host: known, revoked or unknown. As ssh does, lines
    /// of the bare name count for every port.
    host_key_verdict check_authority(std::string_view name, std::uint16_t port, byte_view authority) const;

    /// The line that revokes the key for this host, if there is one: state revoked, otherwise unknown.
    host_key_verdict check_revoked(std::string_view name, std::uint16_t port, byte_view key) const;

    /// The verdict, never `undecided`. Reads only what came from files: it may run on another thread while the loop
    /// goes on with `check`, `key_types` and `learn`, but not while `parse` runs.
    host_key_verdict scan(std::string_view name, std::uint16_t port, byte_view key) const;

    /// What `scan` found, with what was learned in the meantime.
    host_key_verdict up_to_date(host_key_verdict scanned, std::string_view name, std::uint16_t port,
                                byte_view key) const;

    /// The types of the keys known for the host, best first (ed25519, ecdsa, rsa): put their algorithms in front. When
    /// only a scan of many hashed lines could tell, a guess: the types that most of those lines have. Empty: use the
    /// default order.
    std::vector<std::string> key_types(std::string_view name, std::uint16_t port) const;

    /// From now on `check` knows the key for the host. Call it once the key is written to a file, and no earlier: what
    /// could not be recorded is not known.
    void learn(std::string_view name, std::uint16_t port, byte_view key);

    /// "FILE:LINE: reason; line skipped", at most 100 for one file.
    std::vector<std::string> const& warnings() const noexcept;

  private:
    struct lines;
    struct learned;
    std::unique_ptr<lines> lines_;
    std::unique_ptr<learned> learned_;
};

/// The name a host has in known_hosts: lower case, "[name]:port" when the port is neither 0 nor 22.
std::string known_hosts_name(std::string_view name, std::uint16_t port);

}  // namespace muster::ssh
