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

#include <muster/coro/semaphore.hpp>
#include <muster/transport.hpp>

#include "local/exec_command.hpp"
#include "process/unique_fd.hpp"
#include "shell/login_shell.hpp"
#include "system_ssh/ssh_answers.hpp"
#include "system_ssh/ssh_log.hpp"

namespace muster::system_ssh {

/// ssh's exit status is the command's, but for 255. Then what ssh has logged tells whether it had sent the command; if
/// so, or where it can't log, the end is unknown. What ssh said last is the reason. Without a lease a stop reaches ssh
/// alone, so that it proves nothing; with one it is the lease that ends the command, and ssh then tells how.
class system_ssh_command final : public command {
  public:
    /// `logs`: ssh writes as verbose_functions want it, and no other ssh sends its command. Throws std::system_error
    /// when there is no room for the pipes.
    system_ssh_command(asio::any_io_executor const& loop, local::shared_state shared, bool logs)
        : ssh_(loop, shared), log_(logs) {}

    /// Asked when ssh has ended without a status of the command.
    void set_refusal(std::function<question_refusal(pid_t ssh)> asked) { refusal_ = std::move(asked); }

    /// Until ssh has sent the command, or has ended.
    void hold_until_sent(coro::semaphore::permit login) { login_ = std::move(login); }

    /// ssh is ended if it has not sent the command after `login_limit`; zero: no limit. Throws std::system_error when
    /// ssh can't be started. Nothing else works before.
    void start(process::command const& ssh, step const& step, std::chrono::seconds login_limit);

    asio::awaitable<command_event> read() override;
    asio::awaitable<void> idle() override;
    asio::awaitable<void> ask() override { return ssh_.ask(); }
    command_end end_so_far() const override;
    asio::awaitable<void> stop(stop_signal signal) override;

  private:
    using clock = std::chrono::steady_clock;

    void hold_lease(lease_terms const& terms);
    void tell_lease(char line);
    void renew_lease(clock::time_point now);
    asio::awaitable<std::optional<command_event>> read_until_due();
    asio::awaitable<void> end_if_late(clock::time_point now);
    std::optional<command_event> told(command_event event);
    command_event told_end(command_end const& record, command_event event) const;
    std::string refusal() const;
    std::string reason_for(command_end const& record) const;
    command_end as_told(command_end end) const;

    local::exec_command ssh_;
    std::function<question_refusal(pid_t)> refusal_;
    unique_fd lease_;  // the writing end of ssh's standard input
    std::chrono::nanoseconds beat_{};
    clock::time_point next_beat_ = clock::time_point::max();
    std::chrono::seconds login_limit_{};
    clock::time_point login_by_ = clock::time_point::max();
    bool is_late_ = false;       // so that ssh was ended
    bool stopped_ = false;       // ssh itself was
    std::string leases_signal_;  // the lease was told to stop the command by it
    ssh_log log_;
    coro::semaphore::permit login_;
    std::optional<shell::login_shell_reader> login_shell_;  // for a request that it may refuse
    std::optional<command_event> held_;                     // until what the log kept back is told
};

}  // namespace muster::system_ssh
