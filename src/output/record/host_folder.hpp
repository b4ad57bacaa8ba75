// SPDX-License-Identifier: MIT
// A folder with one file for each host.
#pragma once

#include <string>
#include <string_view>

namespace muster::output {

/// Made if it is not there, opened once, and from then on reached by its descriptor.
/// Beside the hosts' files: how each has ended.
constexpr std::string_view results_file_name = ".results.jsonl";

class host_folder {
  public:
    /// Also writes to it, to know that it can be. Throws write_error.
    explicit host_folder(std::string path);
    host_folder(host_folder&& other) noexcept;
    host_folder& operator=(host_folder&&) = delete;
    ~host_folder();

    std::string const& path() const noexcept { return path_; }
    bool same_as(host_folder const& other) const noexcept;

    /// A new file in place of what has this name; never behind a link. The descriptor is the caller's. Throws
    /// write_error.
    int create(std::string const& name) const;

  private:
    std::string path_;
    int descriptor_;
};

/// A label as the name of a file. Different labels give different names, also with ".err" behind; none begins with a
/// dot.
std::string host_file_name(std::string_view label);

}  // namespace muster::output
