// SPDX-License-Identifier: MIT
// One endpoint from one host and what the configuration says of it.
#pragma once

#include <vector>

#include <muster/endpoint.hpp>
#include <muster/host.hpp>
#include <muster/ssh_settings.hpp>

#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {

struct built_endpoint {
    endpoint target;         ///< without its way
    std::vector<host> hops;  ///< the hosts on the way, the first to connect to first
};

/// Precedence, defaults, and what has to be refused: the first thing found wrong becomes the endpoint's fault.
built_endpoint build_endpoint(host const& host, ssh_settings const& settings, local_account const& local,
                              host_settings const& found);

}  // namespace muster::ssh_config
