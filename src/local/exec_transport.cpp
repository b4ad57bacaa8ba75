// SPDX-License-Identifier: MIT
// Opens a session per host; the command starts with session::exec.
#include "local/exec_transport.hpp"

#include <system_error>

#include <asio/this_coro.hpp>

#include "local/exec_session.hpp"

namespace muster::local {

asio::awaitable<std::unique_ptr<session>> exec_transport::connect(endpoint const& where, connect_progress& progress) {
    progress.at = stage::local;
    auto const loop = co_await asio::this_coro::executor;
    try {
        co_return std::make_unique<exec_session>(loop, where.name, shared_state{groups_, reaper_});
    } catch (std::system_error const& error) {
        throw transport_error(final_state::unreachable, stage::local, explained(error));
    }
}

}  // namespace muster::local
