// SPDX-License-Identifier: MIT
// Files and directories of this machine as what the steps of a job bring to the hosts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <muster/error.hpp>
#include <muster/job.hpp>

namespace muster {

/// A source that can't be copied; `what()` names it and the reason.
struct copy_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// A regular file, or a directory with all that is in it, read once from the disk however many hosts get it. Symbolic
/// links inside a directory stay links; what is neither file, directory nor link is refused. Of a directory a tar is
/// made, in a nameless file in TMPDIR when it is larger than a mebibyte.
///
/// The bytes of a file are read where it lies while they are sent: the file must not change until then. One that does
/// is noticed, and nothing comes of its push.
class push_source {
  public:
    /// Reads it to the end. Blocks. Throws copy_error.
    explicit push_source(std::string const& path);

    std::shared_ptr<pushed_content const> content() const { return content_; }
    /// What may surprise: links that lead out of the directory.
    std::vector<std::string> const& warnings() const { return warnings_; }

  private:
    std::shared_ptr<pushed_content const> content_;
    std::vector<std::string> warnings_;
};

/// A step that pushes the file or directory, as push_source reads it. `{host}` in the path stands for a host's name;
/// then each host's is read when its turn comes, and one that is missing is a failure of that host. Throws copy_error.
push_step push_of(std::string const& path, std::string to = {});

}  // namespace muster
