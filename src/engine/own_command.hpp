// SPDX-License-Identifier: MIT
// Commands of muster's own on a host, which are not the host's command: pushes and the like.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/transport.hpp>

#include "engine/run_state.hpp"

namespace muster {

/// Where a host is: what the functions of its steps share.
struct host_place {
    run_state& run;
    std::size_t index;
    connection& host;

    host_result& result() const { return run.result(index); }
};

/// One command of muster's own. While it runs, and when it fails, the host is at its stage.
struct own_command {
    step const& what;
    stage at;
    std::function<void(output_piece const& piece, bool last)> hear;  ///< gets its output
    coro::event* may_read = nullptr;                                 ///< see talk_terms
};

/// Runs it to its end and returns that, whatever it is; state, status, signal and error are set. Throws step_failed
/// when there is no end, and what it was cancelled with.
asio::awaitable<host_result> run_own(host_place where, own_command const& one);

}  // namespace muster
