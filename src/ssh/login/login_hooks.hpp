// SPDX-License-Identifier: MIT
// The hooks of a library's caller as what a login asks.
#pragma once

#include <muster/login_hooks.hpp>

#include "ssh/login/login_options.hpp"

namespace muster::ssh {

login_options login_options_of(login_hooks const& hooks);

}  // namespace muster::ssh
