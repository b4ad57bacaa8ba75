// SPDX-License-Identifier: MIT
// The variables of an inventory that say how to reach a host.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hosts/overrides.hpp"

namespace muster::hosts {

/// A string as it is, anything else as JSON.
std::string variable_text(nlohmann::json const& value);

/// "address", "port", "user", "key", "jump".
void read_plain_variables(overrides& about);

/// ansible_host, ansible_port, ansible_user, ansible_ssh_private_key_file, ProxyJump in ansible_ssh_common_args. What
/// cannot be done over SSH, or is a template, becomes the fault. Both throw lookup_error for values that can't be used.
void read_ansible_variables(overrides& about);

}  // namespace muster::hosts
