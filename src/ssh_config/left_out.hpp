// SPDX-License-Identifier: MIT
// What a configuration asks for and muster does not do: refused where it makes ssh stricter or changes what is reached,
// left out with a note where it only adds keys or trust.
#pragma once

#include <string>

#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {

struct left_out {
    std::string error;          ///< not empty: the host must not be tried
    std::string login_note;     ///< what could have given a key
    std::string host_key_note;  ///< what could have vouched for the host's key
};

/// `accepts_new_keys`: keys of unknown hosts are accepted.
left_out what_is_left_out(host_settings const& settings, bool accepts_new_keys);

}  // namespace muster::ssh_config
