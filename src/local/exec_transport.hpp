// SPDX-License-Identifier: MIT
// The transport without a network: each host's command is a shell on this machine.
#pragma once

#include <memory>
#include <vector>

#include <muster/error.hpp>
#include <muster/job.hpp>
#include <muster/transport.hpp>

#include "process/child.hpp"
#include "process/groups.hpp"

namespace muster::local {

struct request_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// Throws request_error for a command that is longer than the system takes, once it names one of these hosts.
void require_possible(job const& job, std::vector<endpoint> const& hosts);

/// The command runs by `/bin/sh -c` with MUSTER_HOST set to the host's name and every `{host}` in it replaced by that
/// name, textually, as pdsh's exec does with %h. (A name of a host_list has only letters, digits and `-_.+:%`, so that
/// it can't become a piece of shell.) It has a session and process group of its own,
/// without a terminal. Nothing of the endpoint but the name counts. Belongs to one loop; outlives its connections.
class exec_transport final : public transport {
  public:
    exec_transport() = default;

    asio::awaitable<std::unique_ptr<connection>> connect(endpoint const& endpoint, connect_progress& progress) override;

  private:
    process::groups groups_;
    process::reaper reaper_;
};

}  // namespace muster::local
