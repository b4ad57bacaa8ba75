// SPDX-License-Identifier: MIT
// A part of the hosts, for an engine that runs many of us.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <muster/host.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// "K/N", from 0, or "auto": from the variables of Slurm, Kubernetes' Indexed Jobs, MPI or GNU parallel. Throws
/// usage_error: a pair that is not complete, none at all, or a number that is not below the count.
shard to_shard(std::string_view text, environment const& variables);

/// Host k of the list belongs to shard k mod N.
host_list hosts_of(shard const& part, host_list const& hosts);

/// "sha256:...", by which it is seen that all shards had the same list.
std::string list_hash(host_list const& hosts);

/// `path` with the shard's number in place of "{shard}". Throws usage_error for a path without it where there are
/// several shards: they must not write one file.
std::string path_of_shard(std::string const& path, std::string_view option, shard const& part);

}  // namespace muster::cli
