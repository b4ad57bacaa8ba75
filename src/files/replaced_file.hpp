// SPDX-License-Identifier: MIT
// A file that is written beside its place, and takes it when it is whole.
#pragma once

#include <atomic>
#include <string>

namespace muster::files {

/// What stands at `path` stays until the new file is whole. A device or a pipe is written as it is, and so is a file in
/// a folder where nothing can be made. A link stays one: the file that it leads to is replaced.
class replaced_file {
  public:
    explicit replaced_file(std::string path);
    ~replaced_file() { drop(); }
    replaced_file(replaced_file const&) = delete;
    replaced_file& operator=(replaced_file const&) = delete;

    /// For the caller to close; -1 and errno when the file can't be made.
    int open();

    /// All of it is written to `descriptor`: it is put on disk and takes its place. 0 or an errno.
    int finish(int descriptor) noexcept;

    /// Removes what has not taken its place.
    void drop() noexcept;

  private:
    int open_beside();

    std::string path_;
    std::string beside_;  // empty: it is written in its place
    std::atomic<bool> waits_ = false;
};

}  // namespace muster::files
