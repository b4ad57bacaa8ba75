// SPDX-License-Identifier: MIT
// The command of one step of a host, from its channel to what is known of its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/transport.hpp>

#include "engine/host/run_state.hpp"

namespace muster {

/// What a command is run for.
struct command_terms {
    host_result& into;  ///< gets its end: the host's own result for a command that counts, else any other
    /// It is the host's command, not one of muster's own beside it: recorded before it is sent, and judged at its exit.
    bool counts = true;
    muster::stage stage = muster::stage::command;
    std::span<std::uint32_t const> ok_status;
    /// Gets the output in place of the sink. `last`: during a stop, which waits for no reader.
    std::function<void(output_piece const& piece, bool last)> hear = {};
    /// Asks the command to end in a way of its own; false: the connection's way is to be taken.
    std::function<bool(stop_signal)> stop = {};
    std::function<bool()> is_provable = {};  ///< false: a stop can't prove the end, whatever the connection reports
    bool judged = true;                      ///< of what counts: a failure counts for the halt policy when it is known
    /// It takes away what it has made when it is asked to end, and gets so long for that before SIGKILL, whatever the
    /// grace; when the stop is cut short, as long as that can wait.
    std::chrono::nanoseconds clears_up{};
    coro::remote_event* may_read = nullptr;  ///< set while `hear` has room for more; null: always
    /// Where it stands while what goes before it has not let it begin; null: at `stage`.
    std::function<muster::stage()> stage_now = {};
};

/// Puts what the command prints and how it ends into the host's result; the final state is the caller's. Its exit
/// counts when the transport reports it: nothing that happens to its streams after that takes it back.
///
/// The mistake: to let it go while run() is under way. It stops its command only when run() is cancelled and awaited.
class running_command {
  public:
    /// All of them must live longer.
    running_command(asio::any_io_executor const& loop, run_state& run, std::size_t host, connection& over,
                    step const& step, command_terms terms);
    ~running_command();
    running_command(running_command const&) = delete;
    running_command& operator=(running_command const&) = delete;

    /// Until the command has ended. Throws run_is_stopping, transport_error, coro::timed_out, or what it was cancelled
    /// with; before those two it stops what may still run and awaits the proof.
    asio::awaitable<void> run();

  private:
    host_result& result() const { return terms_.into; }
    muster::options const& options() const { return run_.args().options; }
    std::chrono::nanoseconds longest_linger() const;
    bool lingered_long() const;

    void about_to_send();
    void note_start();
    stage stage_now() const;
    remark passed_limit() const;
    asio::awaitable<void> send();
    asio::awaitable<void> read_to_end();
    asio::awaitable<void> send_and_read();
    asio::awaitable<void> run_with_timeout();
    void pass_on(output_piece const& piece);
    bool has_room() const;
    asio::awaitable<coro::semaphore::permit> await_room();
    asio::awaitable<void> room_to_read();
    asio::awaitable<void> read_once();
    void take(command_end const& end);
    void conclude(command_end const& end);
    void note_exit();
    void note_refusal();

    asio::awaitable<void> linger();
    asio::awaitable<void> ask_and_read();
    void note_late_output();
    void stop_reading(remark_code why);

    asio::awaitable<void> drain();
    asio::awaitable<void> drain_to_exit();
    asio::awaitable<void> await_close();
    asio::awaitable<void> send_signal(stop_signal signal);
    asio::awaitable<void> hand_over(stop_signal signal, coro::deadline& clock);
    asio::awaitable<void> signal_and_drain(stop_signal signal, coro::deadline& clock);
    asio::awaitable<void> stop_with(stop_signal signal, std::chrono::nanoseconds limit);
    asio::awaitable<void> stop_command();
    asio::awaitable<void> kill_and_flush();
    asio::awaitable<void> kill_at_once();
    void note_cut();
    asio::awaitable<void> stop_unless_over();

    run_state& run_;
    std::size_t host_;
    connection& connection_;
    step const& step_;
    command_terms terms_;
    std::unique_ptr<command> command_;  // once its request has gone out
    std::chrono::nanoseconds connect_timeout_;
    std::chrono::nanoseconds command_timeout_;  // from the request on
    coro::deadline clock_;                      // begins anew with each phase
    enum class phase { channel, answer, end } awaited_ = phase::channel;
    std::chrono::steady_clock::time_point begun_;
    std::chrono::steady_clock::time_point sent_;
    bool exited_ = false;  // the command itself, while something may hold its streams
    bool over_ = false;    // nothing is left that could be stopped: it has ended, or the connection is gone
    bool stopping_ = false;
    bool takes_signals_ = false;  // one of the stop has gone out
    bool caught_up_ = false;      // what was under way when the server was asked has been read
    bool linger_told_ = false;    // to the sinks
    std::chrono::steady_clock::time_point exited_at_;
    std::size_t bytes_since_exit_ = 0;
};

}  // namespace muster
