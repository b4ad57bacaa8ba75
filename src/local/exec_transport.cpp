// SPDX-License-Identifier: MIT
// Connects to nothing, and starts each step as a command of this machine.
#include "local/exec_transport.hpp"

#include <string>
#include <system_error>

#include <asio/this_coro.hpp>

#include "local/exec_command.hpp"

namespace muster::local {

namespace {

/// Stands for a host; nothing is connected.
class exec_connection final : public connection {
  public:
    exec_connection(std::string host, shared_state shared) : host_(std::move(host)), shared_(shared) {}

    asio::awaitable<std::unique_ptr<command>> start(step const& what, std::function<void()> const& sending) override {
        auto const loop = co_await asio::this_coro::executor;
        auto made = prepared(loop);
        sending();
        try {
            made->start(what);
        } catch (std::system_error const& error) {
            throw transport_error(final_state::refused, stage::local, explained(error));
        }
        co_return made;
    }

    asio::awaitable<void> close() override { co_return; }

  private:
    std::unique_ptr<exec_command> prepared(asio::any_io_executor const& loop) const {
        try {
            return std::make_unique<exec_command>(loop, host_, shared_);
        } catch (std::system_error const& error) {
            throw transport_error(final_state::unreachable, stage::local, explained(error));
        }
    }

    std::string host_;
    shared_state shared_;
};

}  // namespace

asio::awaitable<std::unique_ptr<connection>> exec_transport::connect(endpoint const& where,
                                                                     connect_progress& progress) {
    progress.at = stage::local;
    co_return std::make_unique<exec_connection>(where.name, shared_state{groups_, reaper_});
}

}  // namespace muster::local
