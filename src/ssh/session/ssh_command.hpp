// SPDX-License-Identifier: MIT
// One command in a session channel (RFC 4254 section 6): its two streams and its end.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/transport.hpp>

#include "shell/login_shell.hpp"
#include "ssh/connection/channel.hpp"
#include "ssh/connection/pump.hpp"
#include "ssh/session/channel_input.hpp"
#include "ssh/session/command_stop.hpp"
#include "ssh/session/forwarded_agent.hpp"
#include "ssh/session/session_requests.hpp"

namespace muster::ssh {

/// The server has opened no channel.
class channel_refused : public transport_error {
  public:
    channel_refused()
        : transport_error(final_state::refused, stage::session,
                          "the server refused a session (see MaxSessions in its sshd_config)") {}
};

class ssh_command final : public command {
  public:
    /// `scratch` is where reads go; it may be shared by all commands of a loop. It, the connection and the agent, which
    /// may be null, must live longer.
    ssh_command(pump& connection, endpoint const& endpoint, std::span<char> scratch, forwarded_agent* agent);

    /// Opens the channel and asks for what goes with it. Throws channel_refused, or transport_error (refused, or
    /// lost in the making: unreachable).
    asio::awaitable<void> open(session_requests const& wanted);
    /// Sends the request for the command, without waiting for anything. Once, after open(). `text` is
    /// request_text() of the step.
    void send(step const& step, std::string text);

    asio::awaitable<command_event> read() override;
    asio::awaitable<void> idle() override;
    asio::awaitable<void> ask() override;
    command_end end_so_far() const override;
    asio::awaitable<void> stop(stop_signal signal) override;

  private:
    asio::awaitable<void> open_channel();
    asio::awaitable<void> start();
    long request();
    /// The command has no input: it ends at once.
    bool reads_nothing() const;
    void serve();
    void send_end();
    std::vector<asio::awaitable<void>> waits();
    long poll();
    std::optional<long> poll_streams();
    std::optional<long> poll_stream(int stream_id, stream from);
    void note_break();
    bool take_in();
    bool exit_known() const;
    bool was_answered();
    bool all_read() const;
    asio::awaitable<long> next(pump::clock::time_point until);
    asio::awaitable<bool> group_ended();
    [[noreturn]] void throw_lost() const;
    void require_not_refused() const;
    void require_begun() const;

    pump& connection_;
    std::span<char> scratch_;
    forwarded_agent* agent_;
    channel channel_;
    bool terminal_ = false;   // the command has one
    std::string request_;     // until the server has answered: libssh2 wants it again
    long answer_ = 0;         // the server's to the request; LIBSSH2_ERROR_EAGAIN: not yet
    bool started_ = false;    // the answer was taken, or is not waited for any more
    bool signalled_ = false;  // by us
    bool wants_input_ = false;
    bool input_ended_ = false;                     // the server was told so behind the request
    std::shared_ptr<command_input> input_source_;  // until the command has started
    std::optional<channel_input> input_;           // until it has been sent
    command_event found_;                          // what the last poll has brought
    bool err_first_ = false;                       // the streams take turns: neither can starve the other
    command_stop stop_;
    std::optional<pump_timer> lease_timer_;
    std::optional<shell::login_shell_reader> login_shell_;  // for a request that it may refuse
    bool exit_told_ = false;
    bool end_due_ = false;       // the end of the input for the watch of a lease, not yet sent
    bool asked_ = false;         // whether all has been read
    bool stopped_late_ = false;  // after the exit
    bool broken_ = false;
    std::string break_reason_;
};

}  // namespace muster::ssh
