// SPDX-License-Identifier: MIT
// A shell command in a session and process group of its own, and how it ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "input/unique_fd.hpp"

namespace muster::local {

/// How the group's leader, the shell, has ended.
struct exit_record {
    std::optional<std::uint32_t> status;
    std::string signal;  ///< name without "SIG"
};

/// Owns the leader, which stays in the process table until somebody waits for it after release(): so long its
/// number stands for this group and no other, and signals can't reach strangers. Needs SIGCHLD not to be ignored in
/// this process; otherwise the end is known but not how.
class child_process {
  public:
    /// Runs `/bin/sh -c command` with nothing but its three streams open, default signals and these variables; `in` -1:
    /// /dev/null. Throws std::system_error when it could not be started.
    child_process(std::string const& command, std::vector<std::string> const& variables, int in, int out, int err);
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;
    /// Lets the group run on, and the leader become a zombie: see release().
    ~child_process() = default;

    /// Readable once the leader has ended; empty when there was no descriptor for it.
    unique_fd take_exit_fd() noexcept { return std::move(exit_fd_); }

    /// Whether the leader has ended by now.
    bool exited();

    /// After exited().
    exit_record const& record() const noexcept { return record_; }

    /// To every process of the group; no effect once the group's number may be another's.
    void signal(int number) const noexcept;

    pid_t group() const noexcept { return leader_; }

    /// The leader's number, for the one who shall wait for it; nothing when nobody has to.
    std::optional<pid_t> release() noexcept;

  private:
    pid_t leader_ = -1;
    bool exited_ = false;
    bool unreaped_ = true;
    exit_record record_;
    unique_fd exit_fd_;
};

/// Removes the dead leaders from the process table, without waiting for those that are still dying.
class dying_processes {
  public:
    dying_processes() = default;
    dying_processes(dying_processes const&) = delete;
    dying_processes& operator=(dying_processes const&) = delete;
    /// Waits for at most a second.
    ~dying_processes();

    void add(pid_t leader);

  private:
    void reap();

    std::vector<pid_t> leaders_;
};

}  // namespace muster::local
