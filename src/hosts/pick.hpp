// SPDX-License-Identifier: MIT
// A random choice of hosts, or a random order, that a seed makes again.
#pragma once

#include <cstddef>
#include <cstdint>

#include <muster/host.hpp>

namespace muster::hosts {

/// `count` of the hosts, in their order; all of them where there are no more.
host_list pick(host_list const& from, std::size_t count, std::uint64_t seed);

host_list shuffled(host_list const& from, std::uint64_t seed);

}  // namespace muster::hosts
