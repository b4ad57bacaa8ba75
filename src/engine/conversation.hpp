// SPDX-License-Identifier: MIT
// The command of one step of a host, from its channel to what is known of its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/coro/timeout.hpp>
#include <muster/transport.hpp>

#include "engine/run_state.hpp"

namespace muster {

/// Thrown where a command was to be sent, when the run is being stopped by then: nothing new starts.
struct not_wanted_any_more {};

/// What a conversation is for.
struct talk_terms {
    host_result& into;  ///< where its end goes: the host's own result for what counts, else any other
    /// It is the host's command, not one of muster's own beside it: recorded before it is sent, and judged at its exit.
    bool counts = true;
    stage at = stage::command;
    std::span<std::uint32_t const> ok_status;
    /// Gets the output in place of the sink. `last`: during a stop, when nobody is waited for.
    std::function<void(output_piece const& piece, bool last)> hear = {};
    /// Asks the command to end in a way of its own; false: the connection's way is to be taken.
    std::function<bool(stop_signal)> stop = {};
    std::function<bool()> is_provable = {};  ///< false: a stop can't prove the end, whatever the connection says
    bool judged = true;                      ///< of what counts: a failure counts for the halt policy when it is known
    coro::remote_event* may_read = nullptr;  ///< set while `hear` has room for more; null: always
};

/// Puts what the command says and how it ends into the host's result; the final state is the caller's. Its exit counts
/// when it is told: nothing that happens to its streams after that takes it back.
class conversation {
  public:
    /// All of them must live longer.
    conversation(asio::any_io_executor const& loop, run_state& run, std::size_t index, connection& host,
                 step const& what, talk_terms terms);

    /// Until the command has ended. Throws not_wanted_any_more, transport_error, coro::timed_out, or what it was
    /// cancelled with; before those two it stops what may still run and awaits the proof.
    asio::awaitable<void> run();

  private:
    host_result& result() const { return terms_.into; }
    options const& how() const { return run_.given().how; }
    std::chrono::nanoseconds longest_linger() const;
    bool lingered_long() const;

    void about_to_send();
    void note_start();
    std::string timeout_words() const;
    asio::awaitable<void> send();
    asio::awaitable<void> follow();
    asio::awaitable<void> send_and_follow();
    asio::awaitable<void> converse();
    void pass_on(output_piece const& piece);
    asio::awaitable<void> room_to_read();
    asio::awaitable<void> read_once();
    void take(command_end const& end);
    void conclude(command_end const& end);
    void note_exit();

    asio::awaitable<void> linger();
    asio::awaitable<void> ask_and_read();
    void note_late_output();
    void let_go(char const* why);

    asio::awaitable<void> drain();
    asio::awaitable<void> drain_to_exit();
    asio::awaitable<void> signal(stop_signal how);
    asio::awaitable<void> signal_and_drain(stop_signal how);
    asio::awaitable<void> stop_step(stop_signal how, std::chrono::nanoseconds limit);
    asio::awaitable<void> stop_command();
    asio::awaitable<void> stop_unless_over();

    run_state& run_;
    std::size_t index_;
    connection& host_;
    step const& what_;
    talk_terms terms_;
    std::unique_ptr<command> peer_;  // once its request has gone out
    std::chrono::nanoseconds connect_timeout_;
    std::chrono::nanoseconds command_timeout_;  // from the request on
    coro::deadline clock_;                      // begins anew with each phase
    enum class phase { channel, answer, end } awaited_ = phase::channel;
    std::chrono::steady_clock::time_point sent_;
    bool exited_ = false;  // the command itself, while something may hold its streams
    bool over_ = false;    // nothing is left that could be stopped: it has ended, or the connection is gone
    bool stopping_ = false;
    bool quiet_ = false;  // what was under way when the peer was asked has been read
    bool told_ = false;   // that it lingers
    std::chrono::steady_clock::time_point exited_at_;
    std::size_t since_exit_ = 0;  // bytes of output
};

}  // namespace muster
