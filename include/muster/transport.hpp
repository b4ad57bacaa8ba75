// SPDX-License-Identifier: MIT
// The seam to the hosts: connect to an endpoint, start a command there, read, stop, close.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <muster/coro/awaitable.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/endpoint.hpp>
#include <muster/event.hpp>
#include <muster/job.hpp>
#include <muster/outcome.hpp>

namespace muster {

/// Output of the command. `bytes` is valid until the reader's next co_await.
struct output_piece {
    stream from;
    std::string_view bytes;
};

/// The command itself has exited, but something (a process in the background) still holds its streams. Told at most
/// once.
struct command_exited {};

/// The answer to session::ask() has come and no output before it: what was under way then has all been read.
struct caught_up {};

/// The command is over, as far as the transport can tell.
struct command_end {
    std::optional<std::uint32_t> status;  ///< exit status, if one came
    std::string signal;                   ///< name without "SIG" of the signal that ended it, if it has a name
    bool proved = false;    ///< it has exited, and nothing holds its streams, or nothing of its process group lives
    bool nameless = false;  ///< a signal ended it that has no name

    bool signalled() const noexcept { return nameless || !signal.empty(); }
    /// The server has told the exit.
    bool is_known() const noexcept { return status.has_value() || signalled(); }
};

/// What a read brings.
using reading = std::variant<output_piece, command_exited, caught_up, command_end>;

enum class stop_signal { term, kill };

/// A started command's connection. Used by one coroutine at a time; every call but the destructor may suspend.
/// Cancelling a call leaves the session usable: `read` can be called again and loses no byte.
class session {
  public:
    /// Starts the command, which gets the job's input from its start; it goes out while `read` is called. Of an input
    /// that fails the command gets no end. Throws transport_error: `refused` when the server did not take it (then it
    /// certainly did not start), `lost` when the connection broke.
    virtual asio::awaitable<void> exec(job const& work) = 0;

    /// The next piece of output, or the end; after the end it is not called again. When stop() was called for a
    /// command that has exited, the end comes with its process group's, or at once where that can't be reached.
    /// Throws transport_error `lost`.
    virtual asio::awaitable<reading> read() = 0;

    /// Asks for an answer that comes behind all output under way; `read` brings it, as caught_up, unless output comes
    /// first: then it never does. Throws transport_error `lost`.
    virtual asio::awaitable<void> ask() = 0;

    /// What is known about the end by now: for a command that has exited while its streams stay open. Never `proved`.
    virtual command_end end_so_far() const = 0;

    /// Asks the command and its process group to end. Returns when the request is out, not when it was obeyed. Called
    /// again after the command has exited, it asks what is left of its group. Throws nothing but cancellation.
    virtual asio::awaitable<void> stop(stop_signal how) = 0;

    /// Says good-bye politely, in bounded time. Throws nothing but cancellation.
    virtual asio::awaitable<void> close() = 0;

    session() = default;
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    /// Drops everything at once, without a word to the peer.
    virtual ~session() = default;
};

/// What a connection in the making tells its owner.
struct connect_progress {
    stage at = stage::resolve;  ///< where it is: names the stage when the deadline passes
    coro::deadline& clock;      ///< to be paused while waiting for something of our own side
    std::string note = {};      ///< what there is to say besides when the deadline passes
};

class transport {
  public:
    /// Connects, verifies and authenticates. Throws transport_error. Cancellation drops the connection at once. `where`
    /// and `progress` must live until it ends; the transport must outlive its sessions.
    virtual asio::awaitable<std::unique_ptr<session>> connect(endpoint const& where, connect_progress& progress) = 0;

    transport() = default;
    transport(transport const&) = delete;
    transport& operator=(transport const&) = delete;
    virtual ~transport() = default;
};

}  // namespace muster
