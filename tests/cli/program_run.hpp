// SPDX-License-Identifier: MIT
// Runs a program as a child process: its streams, its end, and the processes it has left.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace muster::test {

using strings = std::vector<std::string>;

/// What a program left behind. Exactly one of status and signal is set.
struct program_end {
    std::optional<int> status;
    std::optional<int> signal;
    std::string out;
    std::string err;
    std::chrono::milliseconds duration{};

    /// As a shell says it: the exit status, or 128 + signal.
    int code() const { return status ? *status : 128 + *signal; }
};

/// How to start it.
struct program_set_up {
    strings environment;             ///< besides a small one without MUSTER_* variables
    std::string input;               ///< standard input, then its end
    bool terminal = false;           ///< both streams are one pseudo-terminal, read as `out`
    std::string out_file;            ///< standard output goes there instead
    std::function<void()> in_child;  ///< called in the child before it becomes the program; must be safe after fork
};

/// A running muster. The children of its children inherit a mark in their environment, by which they are found.
class program_run {
  public:
    explicit program_run(strings const& words, program_set_up const& set_up = {});
    program_run(program_run const&) = delete;
    program_run& operator=(program_run const&) = delete;
    /// Kills what is left of it and of what it started.
    ~program_run();

    void signal(int number) const;
    void close_output();

    /// Reads until the condition holds; false when it doesn't within 30 s.
    bool wait_for(std::function<bool()> const& condition);
    bool wait_for_output(std::string const& text);
    bool wait_for_errors(std::string const& text);
    bool wait_for_commands(std::size_t count);

    /// Reads to the end; kills it after a minute.
    program_end finish();

    std::string const& out() const { return out_; }
    std::string const& err() const { return err_; }

    /// Processes that carry the mark and run (zombies don't), without the program itself.
    std::vector<pid_t> commands() const;

  private:
    void start(strings const& words, program_set_up const& set_up);
    void pump(std::chrono::milliseconds limit);
    bool ended();

    std::string mark_;
    pid_t pid_ = -1;
    int out_fd_ = -1;
    int err_fd_ = -1;
    std::string out_;
    std::string err_;
    std::optional<program_end> end_;
    std::chrono::steady_clock::time_point started_;
};

/// Runs muster to its end.
program_end run_muster(strings const& words, program_set_up const& set_up = {});

/// The same with --transport exec.
program_end run_here(strings words, program_set_up const& set_up = {});

}  // namespace muster::test
