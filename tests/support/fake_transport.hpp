// SPDX-License-Identifier: MIT
// Hosts that follow a script, in virtual time and without a network.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <muster/coro/awaitable.hpp>
#include <muster/transport.hpp>

namespace support {

using namespace std::chrono_literals;

constexpr auto forever_long = muster::coro::duration::max();

/// How a server answers the request for the command.
enum class exec_answer { taken, refused, lost };

/// How the life of a command ends, unless a signal comes first.
enum class ending {
    exits,              ///< with the script's status or signal, and the channel is closed
    holds_streams,      ///< it exits, but something keeps its streams open for `held`
    without_status,     ///< the channel is closed and nothing was said
    connection_breaks,  ///< the reader is told `lost`
    unknown             ///< the reader is told `no_status`, as by the system's ssh
};

/// A piece of output, `at` after the command's start.
struct scripted_output {
    muster::coro::duration at;
    muster::stream from;
    std::string bytes;
};

/// What one host does. The default: connects in 5 ms, runs 10 ms, exits 0.
struct host_script {
    // --- connecting
    muster::coro::duration stage_time = 1ms;                          ///< of each stage of connecting
    muster::stage fails_at = muster::stage::none;                     ///< connecting ends there,
    muster::final_state fails_as = muster::final_state::unreachable;  ///< like this
    unsigned fails_times = ~0u;                                       ///< the first tries only; later ones succeed
    unsigned short_times = 0;                                         ///< the first tries find this machine short
    muster::stage stalls_at = muster::stage::none;                    ///< connecting waits there,
    muster::coro::duration stall = forever_long;                      ///< so long,
    bool stall_is_ours = false;                                       ///< with the deadline's clock standing
    bool connect_throws = false;                                      ///< a std::logic_error, no host's failure
    bool connect_aborts = false;                                      ///< operation_aborted, which nobody asked for

    // --- the command
    muster::coro::duration open_time{};  ///< until its channel is open
    muster::coro::duration exec_time = 1ms;
    exec_answer exec = exec_answer::taken;
    muster::coro::duration runs = 10ms;
    ending ends = ending::exits;
    muster::coro::duration held = forever_long;
    muster::coro::duration answer_time{};  ///< until the answer to ask()
    bool refuses_late = false;  ///< with breaks_after: a login shell's refusal, which comes behind its status
    muster::coro::duration breaks_after = forever_long;  ///< from the exit: the connection, while the streams are held
    std::optional<std::uint32_t> status = 0;
    std::string signal;
    bool nameless = false;  ///< it ends by a signal without a name
    std::vector<scripted_output> output;
    std::vector<std::uint32_t> statuses;  ///< of the first commands of a connection, in order; then `status`
    unsigned refuses_channel = 0;         ///< which of its channels, from 1; 0: none

    // --- being stopped
    bool survives_term = false;
    bool survives_kill = false;
    muster::coro::duration dies_after = 1ms;  ///< from a signal that it does not survive
    muster::coro::duration stop_time{};       ///< until a signal is out
    bool breaks_when_signalled = false;       ///< the connection does
    bool holder_dies = false;                 ///< what holds the streams belongs to the group and obeys
    bool holder_unreachable = false;          ///< after the exit there is no way to the group

    muster::coro::duration close_time = 1ms;

    // --- booting anew
    std::vector<std::string> boots;  ///< the answers to questions for its boot, one after the other; the last repeats
    unsigned breaks_times = ~0u;     ///< connections that break by `ends`; the commands of later ones exit
    unsigned fails_after_boot = 0;   ///< connections that fail, as `fails_as`, after the first
};

/// What was asked of a host, and when.
struct request {
    muster::coro::time_point when;
    std::string what;  ///< connect, exec, ask, TERM, KILL, close; drop: its connection is gone, open or in the making
};

class fake_transport final : public muster::transport {
  public:
    /// The script of the host with that label.
    host_script& operator[](std::string const& label) { return scripts_[label]; }

    muster::coro::awaitable<std::unique_ptr<muster::connection>> connect(muster::endpoint const& endpoint,
                                                                         muster::connect_progress& progress) override;

    /// Connections that exist, in the making or open; the highest number of them so far.
    std::size_t open() const { return open_; }
    std::size_t most_open() const { return most_open_; }
    /// The highest number of connections in the making so far.
    std::size_t most_connecting() const { return most_connecting_; }
    /// Commands that are not read, and go on.
    std::size_t idling() const { return idling_; }

    std::vector<request> const& requests(std::string const& label) { return requests_[label]; }
    /// The requests to a host in one line: "connect exec TERM drop".
    std::string story(std::string const& label) const;
    /// How often `what` was asked, of all hosts together, after `since`.
    std::size_t count(std::string const& what, muster::coro::time_point since = muster::coro::time_point::min()) const;

  private:
    friend class fake_link;
    friend class fake_connection;
    friend class fake_command;
    std::size_t count_of(std::string const& label, std::string const& what);
    void note(std::string const& label, muster::coro::executor const& loop, std::string what);

    std::map<std::string, host_script> scripts_;
    std::map<std::string, std::vector<request>> requests_;
    std::string scratch_;  // of all commands, as a real transport may have it: a piece is gone with the next
    std::size_t open_ = 0;
    std::size_t most_open_ = 0;
    std::size_t connecting_ = 0;
    std::size_t most_connecting_ = 0;
    std::size_t idling_ = 0;
};

}  // namespace support
