// SPDX-License-Identifier: MIT
// The hosts of a batch in a file, for a gate.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "process/unique_fd.hpp"

namespace muster::cli {

/// A line each, as long as the object lives. Takes away what muster was killed over: such a file is locked by nobody.
class hosts_file {
  public:
    /// Throws write_error.
    hosts_file(std::filesystem::path const& folder, std::vector<std::string> const& hosts);
    ~hosts_file();
    hosts_file(hosts_file const&) = delete;
    hosts_file& operator=(hosts_file const&) = delete;

    std::string const& path() const noexcept { return path_; }

  private:
    std::string path_;
    unique_fd file_;
};

}  // namespace muster::cli
