// SPDX-License-Identifier: MIT
// Lists of networks in CIDR form, as `Match localnetwork` has them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::ssh_config {

/// What is wrong with a list such as "192.0.2.0/24,2001:db8::/32,192.0.2.7".
std::optional<std::string> networks_fault(std::string_view list);

/// `address`, a numeric one, is in one of the networks of a list without a fault.
bool is_in_networks(std::string_view address, std::string_view list);

}  // namespace muster::ssh_config
