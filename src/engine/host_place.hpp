// SPDX-License-Identifier: MIT
// Where the coroutines of one host are: what the steps of it share.
#pragma once

#include <cstddef>
#include <memory>

#include <muster/transport.hpp>

#include "engine/run_state.hpp"

namespace muster {

struct host_place {
    run_state& run;
    std::size_t index;
    std::unique_ptr<connection>& link;  ///< may be made anew when it is gone; not null

    host_result& result() const { return run.result(index); }
    options const& how() const { return run.given().how; }
    endpoint const& where() const { return run.given().where[index]; }
};

}  // namespace muster
