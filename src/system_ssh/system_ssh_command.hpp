// SPDX-License-Identifier: MIT
// A command on a host as the system's ssh tells of it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <muster/transport.hpp>

#include "local/exec_command.hpp"
#include "process/unique_fd.hpp"

namespace muster::system_ssh {

/// ssh's exit status is the command's, but for 255, which says nothing about it: then the end is unknown, and what ssh
/// said last is the reason. Without a lease a stop reaches ssh alone, so that it proves nothing; with one it is the
/// lease that ends the command, and ssh then tells how.
class system_ssh_command final : public command {
  public:
    /// Throws std::system_error when there is no room for the pipes.
    system_ssh_command(asio::any_io_executor const& loop, local::shared_state shared) : ssh_(loop, shared) {}

    /// Asked when ssh has ended: why muster has ended it before its login; empty: it has not.
    void set_refusal(std::function<std::string(pid_t ssh)> asked) { refusal_ = std::move(asked); }

    /// Throws std::system_error when ssh can't be started. Nothing else works before.
    void start(process::command const& ssh, step const& step);

    asio::awaitable<command_event> read() override;
    asio::awaitable<void> ask() override { return ssh_.ask(); }
    command_end end_so_far() const override;
    asio::awaitable<void> stop(stop_signal signal) override;

  private:
    using clock = std::chrono::steady_clock;

    void hold_lease(lease_terms const& terms);
    void tell_lease(char line);
    asio::awaitable<std::optional<command_event>> read_until_beat();
    command_event told(command_event event);
    void hear(std::string_view bytes);
    command_end as_told(command_end end) const;

    local::exec_command ssh_;
    std::function<std::string(pid_t)> refusal_;
    unique_fd lease_;  // the writing end of ssh's standard input
    std::chrono::nanoseconds beat_{};
    clock::time_point next_beat_{};
    bool stopped_ = false;       // ssh itself was
    std::string leases_signal_;  // the lease was told to stop the command by it
    std::string line_;           // of standard error, being read
    std::string last_line_;
};

}  // namespace muster::system_ssh
