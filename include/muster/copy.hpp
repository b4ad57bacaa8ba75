// SPDX-License-Identifier: MIT
// Files and directories of this machine as what the steps of a job bring to the hosts.
#pragma once

#include <cstdint>
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

/// A regular file, or a directory with all that is in it, read once from the disk however many hosts get it. A link to
/// either is followed; symbolic links inside a directory stay links; what is neither file, directory nor link is
/// refused. Of a directory a tar is made, in a nameless file in TMPDIR when it is larger than a mebibyte.
///
/// The bytes of a file are read where it lies while they are sent: the file must not change until then. One that does
/// is noticed, and nothing comes of its push.
class push_source {
  public:
    /// Reads it to the end. Blocks. Throws copy_error.
    explicit push_source(std::string const& path);

    std::shared_ptr<pushed_content const> content() const { return content_; }
    /// What may surprise: links that lead out of the directory.
    std::vector<std::string> const& warnings() const { return content_->warnings; }

  private:
    std::shared_ptr<pushed_content const> content_;
};

/// A step that pushes the file or directory, as push_source reads it. `{host}` in the path stands for a host's name;
/// then each host's is read when its turn comes, and one that is missing is a failure of that host. Throws copy_error.
push_step push_of(std::string const& path, std::string to = {});

/// A script with its arguments. Throws copy_error for a file that can't be read, is empty, is larger than 16 MiB, or
/// has a #! line that no interpreter takes.
script_step script_of(std::string const& path, std::vector<std::string> arguments = {});

/// Where a pulled copy lies: NAME is the last part of its path on the host.
enum class pulled_name {
    in_folder_of_host,  ///< FOLDER/LABEL/NAME; where FOLDER has {host} in it, that stands for the label: FOLDER/NAME
    with_host,          ///< FOLDER/NAME.LABEL, as rpdcp and clush have it
};

/// A step that fetches the file or directory at `from` into `folder`; the host names nothing here. Of a directory's
/// tar, what leads out of it, devices, and more than `most` bytes are refused; files get no permission to be executed,
/// and others none that they lack on the host.
/// A file that is there already is replaced by a file, a directory by a directory. Throws copy_error for a path without
/// a name.
pull_step pull_of(std::string from, std::string folder, std::uint64_t most = std::uint64_t{1} << 30U,
                  pulled_name name = pulled_name::in_folder_of_host);

}  // namespace muster
