// SPDX-License-Identifier: MIT
// The variables that a host is offered: SendEnv and SetEnv.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ssh_config/ssh_config.hpp"
#include "ssh_config/tokens.hpp"

namespace muster::ssh_config {

/// In order; none twice. What is set is not sent as well.
std::vector<std::pair<std::string, std::string>> environment_of(host_settings const& settings,
                                                                local_account const& local);

}  // namespace muster::ssh_config
