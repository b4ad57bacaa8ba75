// SPDX-License-Identifier: MIT
// The error of a host whose key is not the one that is known.
#pragma once

#include <string>
#include <utility>

#include <muster/outcome.hpp>

namespace muster {

/// The server has shown another key than a known_hosts file has for it: the host ends in `host_key`.
class changed_host_key : public transport_error {
  public:
    changed_host_key(std::string name, std::string file, std::string const& reason)
        : transport_error(final_state::host_key, stage::host_key, reason),
          name_(std::move(name)),
          file_(std::move(file)) {}

    std::string const& name() const noexcept { return name_; }  ///< as in the file: "web1", "[web1]:2222"
    std::string const& file() const noexcept { return file_; }  ///< empty: the key was recorded in this run

  private:
    std::string name_;
    std::string file_;
};

}  // namespace muster
