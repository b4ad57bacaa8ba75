// SPDX-License-Identifier: MIT
// The pump of one SSH connection: a stream of bytes on one side, libssh2, which does no I/O of its own, on the other.
#pragma once

#include <libssh2.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/coro/alarm.hpp>
#include <muster/coro/event.hpp>

#include "ssh/connection/channel_opening.hpp"
#include "ssh/connection/greeting.hpp"
#include "ssh/connection/key_renewal.hpp"
#include "ssh/connection/memory_budget.hpp"
#include "ssh/libssh2/session_memory.hpp"
#include "ssh/net/byte_stream.hpp"

namespace muster::ssh {

/// Something that a libssh2 callback could not answer at once (a signature by the agent): drive() performs it and calls
/// again.
class deferred_call {
  public:
    virtual bool pending() const noexcept = 0;
    virtual asio::awaitable<void> run() = 0;

  protected:
    ~deferred_call() = default;
};

/// Answers the questions of the method "keyboard-interactive": libssh2 hands its callback nothing but the pump.
class question_answerer {
  public:
    virtual void answer(std::span<LIBSSH2_USERAUTH_KBDINT_PROMPT const> questions,
                        std::span<LIBSSH2_USERAUTH_KBDINT_RESPONSE> to) noexcept = 0;

  protected:
    ~question_answerer() = default;
};

class pump;

/// Something to be done now and then while pump::drive() waits, as long as this lives. It runs on the loop, must not
/// throw, and may call libssh2 as long as that does not read.
class pump_timer {
  public:
    using clock = std::chrono::steady_clock;
    /// Says when to be called again.
    using call = std::function<clock::time_point(clock::time_point now)>;

    /// Calls it at once.
    pump_timer(pump& connection, call on_time);
    ~pump_timer();
    pump_timer(pump_timer const&) = delete;
    pump_timer& operator=(pump_timer const&) = delete;

  private:
    friend class pump;
    pump& connection_;
    call on_time_;
    clock::time_point due_;
};

/// Used by one coroutine at a time, on the loop's thread. The destructor drops the connection at once, without a word
/// to the peer and without blocking, at whatever point a cancelled call has left it.
class pump {
  public:
    /// What the peer may send in all until the login limit is lifted: a login takes some KiB.
    static constexpr std::size_t login_limit = 1024 * 1024;
    /// Bytes read before yielding to the loop; without a bound a peer could keep it busy for ever.
    static constexpr std::size_t turn_limit = 128 * 1024;
    /// Nothing is read while more than this waits to be sent: a peer that asks and asks, but does not listen.
    static constexpr std::size_t unsent_limit = 256 * 1024;

    /// What the peer may send on a channel before we have read any of it (RFC 4254 section 5.2), when there are so many
    /// hosts: for a few as much as ssh gives, so that output is no slower over a long way; for many less, since a
    /// reader who is slow makes us hold it.
    static constexpr unsigned window_for(std::size_t hosts) noexcept {
        constexpr std::size_t most = 2 * 1024 * 1024;
        constexpr std::size_t least = 128 * 1024;
        return static_cast<unsigned>(std::clamp(8 * most / std::max<std::size_t>(hosts, 1), least, most));
    }

    explicit pump(std::unique_ptr<byte_stream> below, unsigned window = window_for(1));
    ~pump();
    pump(pump const&) = delete;
    pump& operator=(pump const&) = delete;

    LIBSSH2_SESSION* session() const noexcept { return session_.get(); }
    /// For the channels of this connection.
    unsigned window() const noexcept { return window_; }

    /// Repeats a libssh2 call until it says something else than EAGAIN, and returns that. The only place in the program
    /// that knows EAGAIN. Cancelling it leaves the connection usable.
    ///
    /// The mistake: to believe an EAGAIN. Each function of libssh2 takes in packets for all of them; what a call of
    /// several looked for first may have come while it looked for the last.
    template <class Call>
    asio::awaitable<long> drive(Call call, deferred_call* pending = nullptr) {
        return repeat(std::move(call), [this, pending](bool all_sent) { return ready(pending, all_sent); });
    }

    /// The same for a call beside which other work goes on: `others` lists what may bring that on.
    template <class Call, class Others>
    asio::awaitable<long> drive_beside(Call call, Others others) {
        return repeat(std::move(call), [this, others = std::move(others)](bool all_sent) mutable {
            return ready_or(others(), all_sent);
        });
    }

    /// Bytes that libssh2 has sent and the kernel has not taken.
    std::size_t unsent() const noexcept { return unsent_.size(); }

    /// `call` is called for each message of SSH that is sent or has come: its number, and its length in bytes.
    using message_listener = std::function<void(bool outgoing, int number, std::size_t length)>;
    void on_message(message_listener call);

    /// Who is told of each channel to our agent that the server opens, in the middle of a call; empty: they are
    /// refused.
    void on_agent_channel(std::function<void(LIBSSH2_CHANNEL*)> opened);

    /// From now on what a call of drive() has sent goes out only when it waits, or with what the next one sends:
    /// messages that follow each other go in one piece. Or no longer.
    void hold_back(bool on) noexcept { holds_back_ = on; }

    /// Waits until everything that libssh2 has sent is with the kernel.
    asio::awaitable<void> flush();

    /// From now on the connection has many users: only take_in() reads from it, and drive() waits for its turns.
    /// `unsent` is called when drive() leaves something to send.
    void share(std::function<void()> unsent) {
        shared_ = true;
        on_unsent_ = std::move(unsent);
    }
    /// One turn of reading for all users. False: nothing will come any more.
    bool take_in();
    /// take_in() will not be called again.
    void stop_sharing() noexcept;
    /// Until there is something to take in.
    asio::awaitable<void> readable() { return stream_->readable(); }
    /// Sends what can be sent without waiting; true when that was all.
    bool push_out();

    using clock = pump_timer::clock;
    /// When the peer was last heard of.
    clock::time_point last_received() const noexcept { return last_received_; }
    /// Ends the connection from our side, for that reason.
    void give_up(std::string why);

    /// Nothing more comes from the peer. libssh2 may not have heard of it yet.
    bool has_ended() const noexcept { return ended_; }

    /// From now on libssh2 finds nothing more to read: what has arrived can still be taken out of its channels after an
    /// error.
    void disable_reads() noexcept { reads_disabled_ = true; }

    /// The peer's identification string has come, and it is one of SSH 2.
    bool greeted() const noexcept { return greeting_.complete(); }
    /// It was us who gave up; trouble() says why.
    bool refused() const noexcept { return !refusal_.empty() || !greeting_.error().empty(); }

    /// The peer's first packet, as far as it has come and is not too long. It goes in the clear and holds what the
    /// server can do.
    std::string_view first_packet() const noexcept { return first_packet_; }
    void forget_first_packet() noexcept {
        std::string().swap(first_packet_);
        keeps_first_packet_ = false;
    }
    /// Closes a channel without waiting; see settle().
    void close_channel(LIBSSH2_CHANNEL* opened);
    /// Closes the channel that was asked for as soon as the server has answered; see settle().
    void settle_later(std::unique_ptr<channel_opening> opening);
    /// Looks whether the server has confirmed what was left to the connection; true when nothing is left.
    bool settle();
    /// Until nothing is left: a server that allows one channel at a time has room for the next.
    asio::awaitable<void> settled();

    /// Each channel that is opened has what the peer may send into its window.
    void add_channel() noexcept { budget_.add_channel(); }
    void drop_channel() noexcept { budget_.drop_channel(); }
    /// The login is over: from now on the peer may send as much as it likes, and no secret is in libssh2's memory.
    void lift_login_limit() noexcept {
        login_limited_ = false;
        memory_.wipe(false);
    }
    /// From now on the connection changes its keys when they are old. After the login: no server wants it before.
    void renew_keys_by(rekey_limit const& limit) { renewal_.emplace(limit, clock::now()); }
    /// Until then, libssh2's memory is overwritten before it is freed: a secret goes through it.
    void wipe_memory() noexcept { memory_.wipe(true); }

    /// Answers the server's questions; null: they stay without an answer.
    question_answerer* answerer() const noexcept { return answerer_; }
    void set_answerer(question_answerer* who) noexcept { answerer_ = who; }
    /// The server has said that the key which logged in runs a command of its own.
    bool forces_command() const noexcept { return forces_command_; }
    /// A later key exchange of it, or of a connection that carries it, was made with another host key than the one that
    /// was verified, which ended the connection.
    bool host_key_changed() const noexcept;
    /// Throws transport_error (state host_key) if it was. Call it before the end of the connection is told as any
    /// other.
    void require_same_host_key() const;
    /// Why the connection can't go on, in words; empty while it can. The peer's own words are sanitised.
    std::string error_message() const;
    /// What the peer said before it identified itself, sanitised and cut; empty: nothing.
    std::string greeting_text() const { return greeting_.text(); }
    /// What the carrier of its bytes has said besides.
    std::string remark() const { return stream_->remark(); }

  private:
    struct free_session {
        void operator()(LIBSSH2_SESSION* session) const noexcept { libssh2_session_free(session); }
    };

    static void* allocate(std::size_t size, void** self);
    static void release(void* block, void** self);
    static void* resize(void* block, std::size_t size, void** self);
    static ssize_t send_callback(libssh2_socket_t, void const* bytes, std::size_t size, int flags, void** self);
    static ssize_t recv_callback(libssh2_socket_t, void* bytes, std::size_t size, int flags, void** self);
    static void debug_callback(LIBSSH2_SESSION*, int always_display, char const* message, int length,
                               char const* language, int language_length, void** self);
    static void disconnect_callback(LIBSSH2_SESSION*, int reason, char const* message, int length, char const* language,
                                    int language_length, void** self);

    static void message_callback(void** self, int outgoing, int number, std::size_t length);
    static int damage_callback(LIBSSH2_SESSION*, char const* packet, int length, void** self);
    static void agent_callback(LIBSSH2_SESSION*, LIBSSH2_CHANNEL* channel, void** self);

    /// `wait` lasts until the call is worth another try; false: it will never be.
    template <class Call, class Wait>
    asio::awaitable<long> repeat(Call call, Wait wait) {
        for (;;) {
            if (bytes_this_turn_ >= turn_limit) co_await end_turn();
            budget_.begin_call();
            if (!shared_) renew_old_keys();
            auto const before = bytes_given_;
            long const answer = call();
            bool const held = holds_back_ && answer == 0;
            bool const all_sent = held || push_out();
            if (!all_sent && on_unsent_) on_unsent_();
            if (answer != LIBSSH2_ERROR_EAGAIN) co_return answer;
            if (bytes_given_ != before) continue;
            bool const more = co_await wait(all_sent);
            if (!more) co_return LIBSSH2_ERROR_SOCKET_DISCONNECT;
        }
    }

    ssize_t send(void const* bytes, std::size_t size);
    ssize_t receive(char* bytes, std::size_t size);
    ssize_t receive_from_socket(char* bytes, std::size_t size);
    ssize_t end_of_stream(int error);
    asio::awaitable<void> end_turn();
    bool grant(std::size_t size);
    bool watch(std::string_view bytes);
    void keep_first_packet(std::string_view bytes);
    asio::awaitable<void> wait_for_room();
    /// False: nothing will come any more.
    asio::awaitable<bool> ready(deferred_call* pending, bool all_sent);
    asio::awaitable<bool> ready_or(std::vector<asio::awaitable<void>> others, bool all_sent);
    asio::awaitable<void> ready_into(bool& more, bool all_sent);
    asio::awaitable<void> wait_io(bool all_sent);
    asio::awaitable<void> wait_io_or_timer(bool all_sent);
    void wake_at(clock::time_point when, asio::any_io_executor const& loop);
    void renew_old_keys();
    clock::time_point next_timer() const noexcept;
    void run_timers();

    message_listener on_message_;
    std::unique_ptr<byte_stream> stream_;
    unsigned window_;
    std::string unsent_;  // what this turn sends, behind what the stream had no room for
    using read_ahead = std::array<char, 512>;
    std::unique_ptr<read_ahead> ahead_;  // while libssh2 asks for single bytes; null while a wait goes on
    std::size_t ahead_begin_ = 0;
    std::size_t ahead_end_ = 0;

    greeting_reader greeting_;
    std::string first_packet_;
    bool keeps_first_packet_ = true;
    std::size_t received_ = 0;  // until the login limit is lifted
    bool login_limited_ = true;
    std::size_t bytes_this_turn_ = 0;  // bytes, since the loop had its turn
    std::uint64_t bytes_given_ = 0;    // bytes, to libssh2 in all
    memory_budget budget_;

    bool read_would_block_ = false;  // there was nothing more to read, and no call has waited for more since
    bool dead_ = false;              // being destroyed: nothing goes out any more
    bool reads_disabled_ = false;
    bool holds_back_ = false;
    bool shared_ = false;
    bool taking_in_ = false;
    bool turns_over_ = false;
    coro::event turn_;
    bool ended_ = false;  // the stream has no more bytes; libssh2 hears of it after it has had all that came before
    bool end_told_ = false;
    int send_error_ = 0;   // errno of what could not be sent; 0: nothing
    int error_ = 0;        // errno of the end; 0: the peer closed
    std::string refusal_;  // why we gave up
    bool peer_disconnected_ = false;
    std::string disconnect_message_;  // the peer's words when it did
    bool forces_command_ = false;
    clock::time_point last_received_;
    friend class pump_timer;
    std::vector<pump_timer*> timers_;
    std::optional<coro::alarm> alarm_;  // interrupts a wait when a timer is due
    clock::time_point alarm_for_ = clock::time_point::max();
    std::optional<key_renewal> renewal_;
    std::function<void()> on_unsent_;

    std::function<void(LIBSSH2_CHANNEL*)> agent_opened_;
    question_answerer* answerer_ = nullptr;
    session_memory memory_;
    std::unique_ptr<LIBSSH2_SESSION, free_session> session_;
    std::vector<std::unique_ptr<channel_opening>> openings_left_;  // no call waits for them any more
    std::vector<LIBSSH2_CHANNEL*> closing_;                        // the server has not confirmed their end
};

/// Answers for as long as it lives.
class answerer_guard {
  public:
    answerer_guard(pump& connection, question_answerer& who) : connection_(connection) {
        connection_.set_answerer(&who);
    }
    ~answerer_guard() { connection_.set_answerer(nullptr); }
    answerer_guard(answerer_guard const&) = delete;
    answerer_guard& operator=(answerer_guard const&) = delete;

  private:
    pump& connection_;
};

}  // namespace muster::ssh
