// SPDX-License-Identifier: MIT
// The hosts of a run: what several lists, files and groups name together, without what was left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <muster/host.hpp>

#include "hosts/evaluate.hpp"

namespace muster::hosts {

/// Every call may throw host_syntax_error or lookup_error. What is left out is left out wherever it was named, before
/// or after.
class selection {
  public:
    /// `limit` bounds each list; how many hosts a run may have is the caller's to judge.
    selection(name_lookup const& names, std::size_t limit) : evaluator_(names, limit) {}

    void add(std::string_view list, list_of what = list_of::hosts);  ///< -w, -g
    void add(host_list const& hosts);
    void add_file(std::string_view text, std::string const& path);         ///< --hostfile
    void add_all();                                                        ///< -a
    void leave_out(std::string_view list, list_of what = list_of::hosts);  ///< -x, -X

    /// Some list named hosts, even if it was the hosts of an empty group.
    bool names_hosts() const noexcept { return named_.names_hosts; }

    /// In the order in which they were named. Where no list names hosts and some "/regex/" does, it chooses among all
    /// that groups and inventories know. To be called once, at the end.
    host_list take();

  private:
    evaluator evaluator_;
    evaluated_list named_;
};

}  // namespace muster::hosts
