// SPDX-License-Identifier: MIT
// Folders of this machine that are to be written to.
#pragma once

#include <string>

namespace muster::files {

/// Makes the folder, with those above it, where it is missing, and tries to write into it. 0 or an errno. A full disk
/// is found here and not after an hour.
int try_folder(std::string const& path);

/// The file system takes names that differ only in case for one. `existing` is a path with a letter in its last part.
bool folds_case(std::string const& existing);

/// The same of what is made in this folder; false where nothing can be made.
bool folds_case_in(std::string const& folder);

}  // namespace muster::files
