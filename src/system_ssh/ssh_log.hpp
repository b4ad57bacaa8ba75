// SPDX-License-Identifier: MIT
// What an ssh writes on its standard error by itself: how far it has come, and why it came no further.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <muster/transport.hpp>

namespace muster::system_ssh {

/// For ssh's LogVerbose (OpenSSH 8.5 and later): each of these functions writes a line, whatever LogLevel says.
inline constexpr std::string_view verbose_functions =
    "ssh.c:ssh_session2_open():*,channels.c:channel_input_open_failure():*,channels.c:channel_request_start():*,"
    "clientloop.c:client_status_confirm():*";

/// Of the command's request (RFC 4254 section 6.5).
enum class request_progress {
    none,     ///< ssh has not come to ask for a channel
    channel,  ///< it has asked
    sent,     ///< the command may run
    refused,  ///< the channel, or the command: it certainly never runs
    taken,    ///< it runs, or has run
};

/// Takes the lines of verbose_functions out of the standard error of an ssh until one tells that the command runs.
/// Before that no command writes there, but a ProxyCommand may: the lines are found behind its words, too.
class ssh_log {
  public:
    /// An ssh that does not write those lines may have sent the command from the start.
    explicit ssh_log(bool logs) : progress_(logs ? request_progress::none : request_progress::taken) {}

    /// The other bytes; valid until the next call. Until the command runs, a line is kept back that has not ended.
    std::string_view take(std::string_view bytes);

    /// What was kept back; valid until the next call. ssh has ended.
    std::string_view take_rest();

    request_progress progress() const noexcept { return progress_; }

    /// The command certainly never runs, as ssh has ended. Not so when ssh has asked for a channel and then written
    /// nothing: an ssh whose functions have other names would do so.
    bool tells_not_sent() const noexcept {
        return progress_ == request_progress::none || progress_ == request_progress::refused;
    }

    /// The last line that tells more than that a jump host's connection has ended; empty: none.
    std::string_view reason() const noexcept { return reason_; }

    /// What becomes of the host when ssh has ended and tells_not_sent().
    transport_error failure(std::string const& text) const;

  private:
    void end_line();
    void pass_line_on();
    bool read_mark(std::string_view line);
    void hear(std::string_view line);

    request_progress progress_;
    std::string line_;             // that has not ended
    std::size_t passed_size_ = 0;  // of it
    std::string passed_;
    std::string reason_;
};

}  // namespace muster::system_ssh
