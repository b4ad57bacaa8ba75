// SPDX-License-Identifier: MIT
// Inventories in Ansible's own forms, read by Ansible.
#pragma once

#include <string>

namespace muster::cli {

/// What `ansible-inventory --list` prints for a file or a folder; `text` is what the file holds, for a caret. Throws
/// hosts::lookup_error or host_syntax_error, also where Ansible itself would only warn that it can't read the file. A
/// long wait is told unless `quiet`.
std::string ask_ansible(std::string const& path, std::string const& text, bool quiet);

}  // namespace muster::cli
