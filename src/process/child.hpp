// SPDX-License-Identifier: MIT
// A local process that this one has started, and how it ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "process/unique_fd.hpp"

namespace muster::process {

/// How a process has ended. Neither: it is known that it ended, but not how (see child).
struct exit_record {
    std::optional<std::uint32_t> status;
    std::string signal;  ///< name without "SIG"

    bool succeeded() const noexcept { return status == 0u; }
};

/// What is run. Not an aggregate, so that a temporary one may stand in an expression with co_await.
struct command {
    /// A program, looked for in PATH unless its name has a slash, with its arguments.
    explicit command(std::vector<std::string> words);
    /// `/bin/sh -c text`
    static command shell(std::string text);

    std::string program;
    std::vector<std::string> argv;
    std::optional<std::vector<std::string>> environment;  ///< "NAME=VALUE"; empty: that of this process
};

/// Descriptors for the child's standard streams; -1 is /dev/null. The child inherits no other descriptor.
struct streams {
    int in = -1;
    int out = -1;
    int err = -1;
};

enum class isolation {
    session,  ///< a session and process group of its own, without a terminal: signals reach the whole group
    none,     ///< the terminal and the process group of this process: signals reach the child alone
};

/// Owns a started process. It stays in the process table until it is reaped or released; as long as it does, its number
/// stands for it and for its group alone, so that signals can't reach strangers. SIGCHLD must not be ignored in this
/// process; if it is, the end is known but not how.
///
/// The mistake: dropping a child that was neither reaped nor released; it remains a zombie.
///     child worker(command::shell("sleep 1"), {}, isolation::session);
///     if (!worker.exited()) reaper.add(worker.release());
class child {
  public:
    /// Default signal dispositions, no blocked signals. Throws std::system_error when it can't be started.
    child(command const& command, streams const& files, isolation kind);
    child(child const&) = delete;
    child& operator=(child const&) = delete;
    ~child() = default;

    /// Readable once the process has ended; empty when the kernel gives no such descriptor (see exit_watch).
    unique_fd open_exit_fd() const noexcept;

    /// Whether the process has ended by now.
    bool exited();

    /// After exited().
    exit_record const& record() const noexcept { return record_; }

    /// Sends the signal to the process, or to its whole group if it has one. No effect once the number may be
    /// another's.
    void signal(int number) const noexcept;

    /// The process's number, and its group's with isolation::session.
    pid_t id() const noexcept { return process_; }

    /// Removes the process from the process table if it has ended.
    void reap();

    /// The number of the process, for a reaper; empty when the process table has forgotten it.
    std::optional<pid_t> release() noexcept;

  private:
    pid_t process_ = -1;
    isolation isolation_;
    bool exited_ = false;
    bool in_table_ = true;
    exit_record record_;
};

/// Removes processes from the process table as they end, without waiting for those that are still ending.
class reaper {
  public:
    reaper() = default;
    reaper(reaper const&) = delete;
    reaper& operator=(reaper const&) = delete;
    /// Waits for at most a second.
    ~reaper();

    void add(std::optional<pid_t> process);

  private:
    void reap();

    std::vector<pid_t> processes_;
};

}  // namespace muster::process
