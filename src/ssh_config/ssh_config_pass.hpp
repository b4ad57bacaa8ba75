// SPDX-License-Identifier: MIT
// One reading of a configuration's blocks for one host; for the files of ssh_config alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {

/// The blocks are read in order, from the first to the last or to the first open question.
struct ssh_config::pass {
    host_query const& query;
    std::string_view name;  ///< what the patterns of Host are for
    bool is_final;
    host_settings& out;
    local_answers& answers;
    std::vector<bool> active;
};

/// The setting would change what holds so far.
bool changes(ssh_setting const& setting, host_settings const& settings);

/// HostName's value for the host, with its tokens replaced. Throws token_error.
std::string host_name_for(host_settings const& settings, std::string_view host);

}  // namespace muster::ssh_config
