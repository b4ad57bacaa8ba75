// SPDX-License-Identifier: MIT
// The seam to the hosts: a transport makes connections, a connection starts commands, a command is read and stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <muster/coro/awaitable.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/endpoint.hpp>
#include <muster/event.hpp>
#include <muster/job.hpp>
#include <muster/outcome.hpp>
#include <muster/report.hpp>

namespace muster {

/// Output of the command. `bytes` is valid until the reader's next co_await.
struct output_piece {
    stream from;
    std::string_view bytes;
};

/// The command itself has exited, but something (a process in the background) still holds its streams. Told at most
/// once.
struct command_exited {};

/// The answer to command::ask() has come and no output before it: what was under way then has all been read.
struct caught_up {};

/// The command is over, as far as the transport can tell.
struct command_end {
    std::optional<std::uint32_t> status;  ///< exit status, if one came
    std::string signal;                   ///< name without "SIG" of the signal that ended it, if it has a name
    bool proved = false;      ///< it has exited, and nothing holds its streams, or nothing of its process group lives
    bool nameless = false;    ///< a signal ended it that has no name
    bool never_sent = false;  ///< its request has not gone out, nor will it

    bool signalled() const noexcept { return nameless || !signal.empty(); }
    /// The server has told the exit.
    bool is_known() const noexcept { return status.has_value() || signalled(); }
};

/// The host has taken the request: the command runs. The first thing that a read brings, and told once; never told of a
/// command that was stopped before.
struct command_started {};

/// What a read brings.
using command_event = std::variant<command_started, output_piece, command_exited, caught_up, command_end>;

enum class stop_signal { term, kill };

/// A command whose request has gone out, in a channel of its own. Used by one coroutine at a time; ends before its
/// connection does. Cancelling a call leaves the command usable: `read` can be called again and loses no byte.
class command {
  public:
    /// What happens next; after the end it is not called again. Meanwhile the command gets its input, from its start;
    /// of an input that fails it gets no end. When stop() was called for a command that has exited, the end comes with
    /// its process group's, or at once where that can't be reached. Throws transport_error: `refused` when the host did
    /// not take the request (then the command certainly did not start), `lost` when the connection broke.
    virtual asio::awaitable<command_event> read() = 0;

    /// Goes on with what needs no reader while nothing is read: the command gets its input, and the server its answers.
    /// Output is kept for `read`, within the bounds that hold for what was not read, and so is an end that comes
    /// meanwhile. Lasts until it is cancelled, or until there is nothing to do. Throws nothing but cancellation.
    virtual asio::awaitable<void> idle() { co_return; }

    /// Asks for an answer that comes behind all output under way; `read` brings it, as caught_up, unless output comes
    /// first: then it never does. Throws transport_error `lost`.
    virtual asio::awaitable<void> ask() = 0;

    /// What is known about the end by now: for a command that has exited while its streams stay open. Never `proved`.
    virtual command_end end_so_far() const = 0;

    /// Asks the command and its process group to end. Returns when the request is out, not when it was obeyed. Called
    /// again after the command has exited, it asks what is left of its group. Throws nothing but cancellation.
    virtual asio::awaitable<void> stop(stop_signal signal) = 0;

    command() = default;
    command(command const&) = delete;
    command& operator=(command const&) = delete;
    /// Gives the channel up at once; whatever still runs in it is left alone.
    virtual ~command() = default;
};

/// A host that is connected, verified and logged in to. Used by one coroutine at a time; runs one command after the
/// other, each of which has to be gone before the next starts.
class connection {
  public:
    /// Opens a channel, makes it ready for the step, calls `sending`, and sends the request for the command, which may
    /// have started from then on: between `sending` and the return nothing waits, so that no cancellation can come
    /// between a command that was sent and the one who has to stop it. What `sending` throws is passed on, and nothing
    /// is sent. Throws transport_error, before `sending`: `refused` for a channel or something the step needs,
    /// otherwise `unreachable`; after it `refused` or `lost` as command::read. `what` must outlive the command.
    ///
    /// The mistake: a closure made in the call. g++ 12 destroys such a temporary twice; give it a name first:
    ///     std::function<void()> const sending = [&] { ... };
    ///     auto running = co_await host->start(what, sending);
    virtual asio::awaitable<std::unique_ptr<command>> start(step const& step, std::function<void()> const& sending) = 0;

    /// Says good-bye politely, in bounded time. Throws nothing but cancellation.
    virtual asio::awaitable<void> close() = 0;

    connection() = default;
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    /// Drops everything at once, without a word to the peer.
    virtual ~connection() = default;
};

/// What a connection in the making tells its owner: the stage it is in, and how long each one took.
class connect_progress {
  public:
    /// Both must live longer. `durations`, where given, gets the time of each stage.
    connect_progress(muster::stage first, coro::deadline& limit, std::vector<stage_duration>* durations = nullptr)
        : clock(limit), stage_(first), durations_(durations), since_(limit.now()) {}
    connect_progress(connect_progress const&) = delete;
    connect_progress& operator=(connect_progress const&) = delete;
    ~connect_progress() { note_duration(); }

    /// The stage that begins now.
    void enter(muster::stage next) {
        if (next == stage_) return;
        note_duration();
        stage_ = next;
    }
    muster::stage stage() const noexcept { return stage_; }

    coro::deadline& clock;          ///< to be paused while waiting for something of our own side
    std::string note = {};          ///< what there is to say besides when the deadline passes
    std::string address = {};       ///< what it is connected to, in numbers; empty: nothing yet, or not known
    std::string key_exchange = {};  ///< the method that was agreed on, over SSH

  private:
    void note_duration() {
        if (durations_ == nullptr) return;
        auto const begun = std::exchange(since_, clock.now());
        add_duration(*durations_, stage_, since_ - begun);
    }

    muster::stage stage_;
    std::vector<stage_duration>* durations_;
    coro::time_point since_;
};

/// A transport that gives a null for a connection or a command, starts a command without calling `sending`, throws a
/// transport_error with a state that is for commands which have ended and for stops, or tells a status or a signal that
/// is not `proved` of a command which was not stopped, ends the run as run_error, whose text names the host. So does
/// any other exception of it, with its own text.
class transport {
  public:
    /// Connects, verifies and authenticates. Throws transport_error. Cancellation drops the connection at once.
    /// `progress` must live until it ends, `host` as long as the connection; the transport must outlive its
    /// connections.
    virtual asio::awaitable<std::unique_ptr<connection>> connect(endpoint const& host, connect_progress& progress) = 0;

    /// Awaits `run`, which connects to these endpoints: what their connections share is made ready before it, and kept
    /// until it has ended. A cancellation reaches `run` alone once that has begun.
    virtual asio::awaitable<report> serve(std::vector<endpoint> const& endpoints, asio::awaitable<report> run) {
        static_cast<void>(endpoints);
        return run;
    }

    /// A batch of a run begins. What was read for the hosts before it, and may have changed by now, is looked at anew
    /// for the next connect: a key that a gate has revoked must not be trusted. Never blocks.
    virtual void begin_batch() {}

    transport() = default;
    transport(transport const&) = delete;
    transport& operator=(transport const&) = delete;
    virtual ~transport() = default;
};

}  // namespace muster
