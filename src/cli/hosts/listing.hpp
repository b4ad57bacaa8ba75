// SPDX-License-Identifier: MIT
// What -Q prints: the hosts folded, their number, and the list.
#pragma once

#include <string>

#include <muster/host.hpp>

namespace muster::cli {

/// Three lines: "web[1-3]", "3", "web1,web2,web3".
std::string listing(host_list const& hosts);
std::string folded(host_list const& hosts);

/// One line: {"v":1,"type":"hosts","folded":"web[1-3]","count":3,"hosts":["web1","web2","web3"]}
std::string listing_json(host_list const& hosts);

}  // namespace muster::cli
