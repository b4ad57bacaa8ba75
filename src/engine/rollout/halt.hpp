// SPDX-License-Identifier: MIT
// The halt policy as pure functions: what counts as a failure, and when there are enough of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <muster/options.hpp>
#include <muster/report.hpp>

namespace muster {

/// An exit status that counts as success.
bool is_ok_status(std::uint32_t status, std::span<std::uint32_t const> ok_status) noexcept;

/// A host that ended like this counts against the threshold. Hosts that a stop has ended never do.
bool counts_as_failure(host_result const& result, halt_on counted) noexcept;

/// How many failures of `targets` hosts reach the policy's threshold; 0: no number does.
std::size_t halt_threshold(halt_policy const& policy, std::size_t targets) noexcept;

}  // namespace muster
