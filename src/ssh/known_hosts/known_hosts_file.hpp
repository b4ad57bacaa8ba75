// SPDX-License-Identifier: MIT
// A known_hosts file that new keys are recorded in, and that others may write at the same time.
#pragma once

#include "ssh/bytes/wire.hpp"
#include "ssh/known_hosts/known_hosts.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace muster::ssh {

/// Records each host key once, whoever else records keys meanwhile: the file decides, under its lock, and is read again
/// when another program has written to it. May be used by several threads.
class known_hosts_file {
  public:
    explicit known_hosts_file(std::string path) : path_(std::move(path)) {}

    /// Known: the file has the key, or has it now. Any other verdict: the file says so, and nothing was written.
    ///
    /// A line is appended in a single write; hashed: with a salted hash in place of the name (HashKnownHosts). Creates
    /// the file, and its folder (mode 0700) when only that is missing. Blocks, at most 5 s on the lock of another
    /// program. Throws known_hosts_error; then the file is as it was.
    host_key_verdict add(std::string_view name, std::uint16_t port, byte_view key, bool hashed);

  private:
    void read_again_if_changed(struct stat const& now);
    host_key_verdict look_up(std::string_view name, std::uint16_t port, byte_view key) const;

    std::string path_;
    std::mutex one_at_a_time_;
    known_hosts content_;
    std::optional<struct stat> left_as_;  ///< the file, when `content_` was last brought up to date
};

}  // namespace muster::ssh
