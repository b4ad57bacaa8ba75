// SPDX-License-Identifier: MIT
// Where the coroutines of one host are: what the steps of it share.
#pragma once

#include <cstddef>
#include <memory>

#include <muster/transport.hpp>

#include "engine/host/run_state.hpp"

namespace muster {

struct host_place {
    run_state& run;
    std::size_t host;
    std::unique_ptr<connection>& connected;  ///< may be made anew when it is gone; not null

    host_result& result() const { return run.result(host); }
    muster::options const& options() const { return run.args().options; }
    muster::endpoint const& endpoint() const { return run.args().endpoints[host]; }
};

}  // namespace muster
