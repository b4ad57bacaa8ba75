// SPDX-License-Identifier: MIT
// The ways to log in that a configuration leaves.
#pragma once

#include <string>
#include <vector>

#include <muster/endpoint.hpp>

#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {

struct login_methods {
    std::vector<auth_method> methods;  ///< in order
    std::string error;                 ///< not empty: there is none, and this says why
};

/// What is preferred, without what is switched off and what muster does not know.
login_methods login_methods_of(host_settings const& settings);

}  // namespace muster::ssh_config
