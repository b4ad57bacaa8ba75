// SPDX-License-Identifier: MIT
// Difference, intersection and symmetric difference of host lists; the order of the left one stays.
//
// A host of the right side that was written without user or port stands for that name with any: `root@db1!db1` is
// empty. So nothing that was to be left out runs under another user's name.
#pragma once

#include <muster/host.hpp>

namespace muster::hosts {

host_list difference(host_list const& from, host_list const& without);
host_list intersection(host_list const& of, host_list const& with);
host_list symmetric_difference(host_list const& left, host_list const& right);

}  // namespace muster::hosts
