// SPDX-License-Identifier: MIT
// Real SSH servers on loopback for one test: a fleet of packaging/fleet in a folder of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include <muster/endpoint.hpp>

namespace muster::test {

/// A new folder under the system's for temporary files. What was started with it in mind is somebody else's to end.
class scratch_folder {
  public:
    scratch_folder();
    ~scratch_folder();
    scratch_folder(scratch_folder const&) = delete;
    scratch_folder& operator=(scratch_folder const&) = delete;

    std::string path(std::string_view name = {}) const;

  private:
    std::string path_;
};

/// Of the fleet's account, where sshd_config allows it.
inline constexpr std::string_view fleet_password = "sesame for all";

/// Ends with everything that runs on it, and its folder with it, when this object or, however, the test's process ends.
class ssh_fleet {
  public:
    /// Starts a server for the hosts, at most 16; `sshd_config` holds lines that go before the fleet's own. `program`
    /// is the server to take in place of this system's.
    explicit ssh_fleet(std::vector<std::string> hosts = {"h1"}, std::string const& sshd_config = {},
                       std::string const& program = {});
    ~ssh_fleet();
    ssh_fleet(ssh_fleet const&) = delete;
    ssh_fleet& operator=(ssh_fleet const&) = delete;

    /// The path of a file in the fleet's folder, which remote commands may read.
    std::string path(std::string_view name) const { return dir_ + "/" + std::string(name); }

    /// As the program makes them with `-F path("config")`, but without an agent.
    std::vector<endpoint> endpoints() const;
    /// The first host.
    endpoint one() const { return endpoints().front(); }
    /// So many endpoints with labels of their own on the fleet's hosts in turn.
    std::vector<endpoint> endpoints(std::size_t count) const;

    /// The processes of remote commands that are alive.
    std::vector<pid_t> commands() const;

    /// The server's process that accepts connections.
    pid_t listener() const;
    /// What it has logged so far.
    std::string log() const;
    /// The same, with the end of all connections by which its start has tried whether it listens.
    std::string settled_log() const;
    /// Lets a key log in.
    void authorize(std::string const& public_key_file) const;

  private:
    std::string dir_;
    std::vector<std::string> hosts_;
    int alive_ = -1;  // the guard stops the fleet when this end of a pipe is closed
    int done_ = -1;   // ends when the guard has
};

std::string read_file(std::string const& path);
void write_file(std::string const& path, std::string_view content);
/// A key pair made by ssh-keygen with these options; the path of the private half.
std::string new_key(std::string const& path, std::vector<std::string> const& options = {"-t", "ed25519"});
/// "127.0.0.1" as known_hosts names it: "[127.0.0.1]:2222".
std::string known_hosts_name(endpoint const& endpoint);

}  // namespace muster::test
