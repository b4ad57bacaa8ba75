// SPDX-License-Identifier: MIT
// A program of this machine that stands for a host's command: its two streams, its end, and the proof of it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include <asio/any_io_executor.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <muster/transport.hpp>

#include "local/child_input.hpp"
#include "process/child.hpp"
#include "process/exit_watch.hpp"
#include "process/groups.hpp"
#include "process/pipe.hpp"

namespace muster::local {

/// The error in words, with the way out.
std::string explained(std::system_error const& error);

/// Descriptors for the streams of a command that starts soon.
class reserved_descriptors {
  public:
    /// Throws local_resources_exhausted: other hosts give some back when they end.
    reserved_descriptors();
    /// Gives them back, for the command itself.
    void release() { pipes_ = {}; }

  private:
    std::array<process::pipe_ends, 2> pipes_;
};

/// What the commands of a transport share.
struct shared_state {
    process::groups& groups;
    process::reaper& reaper;
};

/// A program that was never stopped is over when it has exited and nothing holds its streams. One that was asked to
/// stop is over when it has exited and no process of its group lives. The destructor kills the group of a program that
/// was stopped and is not over, or that runs.
class exec_command final : public command {
  public:
    /// Throws std::system_error when there is no room for the pipes.
    exec_command(asio::any_io_executor const& loop, shared_state shared);
    ~exec_command() override;

    /// In a session and process group of its own. `in` is its standard input in place of `input`, unless it is -1.
    /// Throws std::system_error when no process can be started. Nothing else works before.
    void start(process::command const& program, std::shared_ptr<command_input> const& input, int in = -1);

    /// The number that its process has, or had.
    pid_t id() const noexcept { return id_; }

    asio::awaitable<command_event> read() override;
    asio::awaitable<void> idle() override;
    asio::awaitable<void> ask() override;
    command_end end_so_far() const override;
    asio::awaitable<void> stop(stop_signal signal) override;

  private:
    /// Reading end of a pipe; closed at its end. The child's end is there until the child has it.
    struct pipe {
        pipe(asio::any_io_executor const& loop, stream from);

        stream from;
        asio::posix::stream_descriptor reader;
        unique_fd writer;
    };

    std::optional<command_event> poll();
    std::optional<command_event> take_from(pipe& pipe);
    bool over();
    asio::awaitable<void> wait();

    shared_state shared_;
    pipe out_;
    pipe err_;
    std::optional<child_input> in_;
    std::optional<process::child> child_;
    pid_t id_ = 0;
    process::exit_watch exit_;  // open until the program's exit is known
    bool err_first_ = false;    // which stream is read first, in turn
    bool exit_told_ = false;
    bool asked_ = false;
    bool start_told_ = false;
    bool over_ = false;                                             // the end was told
    std::optional<process::groups::clock::time_point> stopped_at_;  // of the last request
    std::chrono::milliseconds pause_{1};                            // between looks at the group
    std::array<char, 32 * 1024> scratch_;
};

}  // namespace muster::local
