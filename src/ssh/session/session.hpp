// SPDX-License-Identifier: MIT
// The session channel of a connection (RFC 4254 section 6): one command, its two streams and its end.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/transport.hpp>

#include "ssh/connection/keepalive.hpp"
#include "ssh/connection/link.hpp"
#include "ssh/session/channel_input.hpp"
#include "ssh/session/command_stop.hpp"
#include "ssh/session/forwarded_agent.hpp"

namespace muster::ssh {

class ssh_session final : public session {
  public:
    /// `scratch` is where reads go; it may be shared by all sessions of a loop and must outlive them.
    ssh_session(std::unique_ptr<link> connection, endpoint const& where, std::span<char> scratch);

    /// Opens the channel and asks for what goes with it. Throws transport_error (refused, or lost in the making:
    /// unreachable).
    asio::awaitable<void> open(endpoint const& where);

    asio::awaitable<void> exec(job const& work) override;
    asio::awaitable<reading> read() override;
    asio::awaitable<void> ask() override;
    command_end end_so_far() const override;
    asio::awaitable<void> stop(stop_signal how) override;
    asio::awaitable<void> close() override;

  private:
    asio::awaitable<void> open_channel();
    void serve();
    std::vector<asio::awaitable<void>> waits();
    void start_pulse();
    long poll();
    std::optional<long> poll_streams();
    std::optional<long> poll_stream(int stream_id, stream from);
    bool exit_known() const;
    bool was_answered();
    bool all_read() const;
    asio::awaitable<long> next(link::clock::time_point until);
    asio::awaitable<bool> group_ended();
    [[noreturn]] void throw_lost() const;

    std::unique_ptr<link> connection_;
    std::span<char> scratch_;
    LIBSSH2_CHANNEL* channel_ = nullptr;  // freed with the session
    bool terminal_ = false;               // the command has one
    bool signalled_ = false;              // by us
    std::optional<channel_input> input_;  // until it has been sent
    std::optional<forwarded_agent> agent_;
    reading found_;           // what the last poll has brought
    bool err_first_ = false;  // the streams take turns: neither can starve the other
    keepalive alive_;
    command_stop stop_;
    bool exit_told_ = false;
    bool asked_ = false;         // whether all has been read
    bool stopped_late_ = false;  // after the exit
    bool broken_ = false;
    std::string break_reason_;
};

}  // namespace muster::ssh
