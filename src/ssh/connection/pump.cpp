// SPDX-License-Identifier: MIT
// Moves bytes between the stream and libssh2, within the limits of a turn.
#include "ssh/connection/pump.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <system_error>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>
#include <muster/outcome.hpp>

#include "ssh/bytes/plain_text.hpp"
#include "ssh/connection/signal_way.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

pump& self_of(void** abstract) {
    return *static_cast<pump*>(*abstract);
}

/// Without a limit of our own a hidden one of 60 s would end slow authentications; all limits are timers of the caller.
/// libssh2 takes the time of day for it, which may be set by many years (63 here) while it waits.
constexpr long longest_read_timeout = 2'000'000'000;

/// Read at once; a longer packet comes in pieces.
constexpr std::size_t most_at_once = std::size_t{32} * 1024;

/// More than this is not kept of what a peer says.
constexpr std::size_t said_limit = 256;
constexpr std::size_t first_packet_limit = 8192;

/// An idle connection keeps no more room than this for what it sends.
constexpr std::size_t spare_limit = 256;

}  // namespace

pump::pump(std::unique_ptr<byte_stream> below, unsigned window)
    : stream_(std::move(below)), window_(window), budget_(window) {
    session_.reset(libssh2_session_init_ex(&allocate, &release, &resize, this));
    if (!session_) throw std::bad_alloc();
    auto* const raw = session_.get();
    libssh2_session_set_blocking(raw, 0);
    libssh2_session_set_read_timeout(raw, longest_read_timeout);
    libssh2_session_callback_set2(raw, LIBSSH2_CALLBACK_SEND, reinterpret_cast<libssh2_cb_generic*>(&send_callback));
    libssh2_session_callback_set2(raw, LIBSSH2_CALLBACK_RECV, reinterpret_cast<libssh2_cb_generic*>(&recv_callback));
    libssh2_session_callback_set2(raw, LIBSSH2_CALLBACK_DEBUG, reinterpret_cast<libssh2_cb_generic*>(&debug_callback));
    libssh2_session_callback_set2(raw, LIBSSH2_CALLBACK_DISCONNECT,
                                  reinterpret_cast<libssh2_cb_generic*>(&disconnect_callback));
    libssh2_session_callback_set2(raw, LIBSSH2_CALLBACK_MACERROR,
                                  reinterpret_cast<libssh2_cb_generic*>(&damage_callback));
}

pump::~pump() {
    dead_ = true;  // the callbacks now fail at once, so that freeing the session can't wait for anything
}

void pump::on_message(message_listener call) {
    on_message_ = std::move(call);
    muster_on_message(session_.get(), &message_callback);
}

void pump::message_callback(void** self, int outgoing, int number, std::size_t length) {
    self_of(self).on_message_(outgoing != 0, number, length);
}

void* pump::allocate(std::size_t size, void** self) {
    return self_of(self).grant(size) ? self_of(self).memory_.allocate(size) : nullptr;
}

void pump::release(void* block, void** self) {
    self_of(self).memory_.release(block);
}

void* pump::resize(void* block, std::size_t size, void** self) {
    return self_of(self).grant(size) ? self_of(self).memory_.resize(block, size) : nullptr;
}

asio::awaitable<void> pump::end_turn() {
    co_await coro::sleep_for(0s);
    bytes_this_turn_ = 0;
}

bool pump::grant(std::size_t size) {
    bool const granted = budget_.grant(size, memory_.live());
    if (!granted && refusal_.empty()) refusal_ = "the server sends without end what nobody has asked for";
    return granted;
}

ssize_t pump::send_callback(libssh2_socket_t, void const* bytes, std::size_t size, int, void** self) {
    return self_of(self).send(bytes, size);
}

ssize_t pump::recv_callback(libssh2_socket_t, void* bytes, std::size_t size, int, void** self) {
    ssize_t const got = self_of(self).receive(static_cast<char*>(bytes), size);
    if (got > 0) self_of(self).bytes_given_ += static_cast<std::uint64_t>(got);
    return got;
}

void pump::disconnect_callback(LIBSSH2_SESSION*, int, char const* message, int length, char const*, int, void** self) {
    self_of(self).peer_disconnected_ = true;
    if (length > 0)
        self_of(self).disconnect_message_ =
            plain_text(std::string_view(message, static_cast<std::size_t>(length)), said_limit);
}

/// A packet whose length, padding or authentication is wrong: libssh2's callers give the error another name.
int pump::damage_callback(LIBSSH2_SESSION*, char const*, int, void** self) {
    auto& connection = self_of(self);
    if (connection.greeted() && connection.refusal_.empty())
        connection.refusal_ = "a packet of the server was malformed, or damaged on its way";
    return 1;
}

void pump::agent_callback(LIBSSH2_SESSION*, LIBSSH2_CHANNEL* channel, void** self) {
    self_of(self).agent_opened_(channel);
}

void pump::on_agent_channel(std::function<void(LIBSSH2_CHANNEL*)> opened) {
    agent_opened_ = std::move(opened);
    auto* const callback = agent_opened_ ? reinterpret_cast<libssh2_cb_generic*>(&agent_callback) : nullptr;
    libssh2_session_callback_set2(session_.get(), LIBSSH2_CALLBACK_AUTHAGENT, callback);
}

void pump::debug_callback(LIBSSH2_SESSION*, int, char const* message, int length, char const*, int, void** self) {
    if (length > 0 && tells_forced_command({message, static_cast<std::size_t>(length)}))
        self_of(self).forces_command_ = true;
}

/// Always takes everything: an outbound EAGAIN, and with it a half-sent packet inside libssh2, can't exist. It goes out
/// after the call: thousands of small requests that want an answer would be as many system calls in one turn.
ssize_t pump::send(void const* bytes, std::size_t size) {
    if (dead_) return -EPIPE;
    if (send_error_ != 0) return static_cast<ssize_t>(size);  // the server does not get it, but there is more to read
    unsent_.append(static_cast<char const*>(bytes), size);
    return static_cast<ssize_t>(size);
}

/// libssh2 reads the identification string byte by byte: small requests are served from bytes read ahead.
ssize_t pump::receive(char* bytes, std::size_t size) {
    if (dead_) return -ECONNRESET;
    if (reads_disabled_ || (shared_ && !taking_in_)) return -EAGAIN;
    if (ahead_begin_ == ahead_end_) {
        if (size >= std::tuple_size_v<read_ahead>) return receive_from_socket(bytes, size);
        if (!ahead_) ahead_ = std::make_unique<read_ahead>();
        ssize_t const got = receive_from_socket(ahead_->data(), ahead_->size());
        if (got <= 0) return got;
        ahead_begin_ = 0;
        ahead_end_ = static_cast<std::size_t>(got);
    }
    std::size_t const count = std::min(size, ahead_end_ - ahead_begin_);
    std::memcpy(bytes, ahead_->data() + ahead_begin_, count);
    ahead_begin_ += count;
    return static_cast<ssize_t>(count);
}

ssize_t pump::receive_from_socket(char* bytes, std::size_t size) {
    if (refused()) return -ECONNRESET;
    if (ended_) return end_of_stream(error_);
    if (bytes_this_turn_ >= turn_limit || read_would_block_ || unsent_.size() > unsent_limit) return -EAGAIN;
    size = std::min(size, most_at_once);
    ssize_t const got = stream_->receive(bytes, size);
    if (got == -EAGAIN || got == -EINTR) return send_error_ == 0 ? -EAGAIN : end_of_stream(send_error_);
    if (got <= 0) return end_of_stream(static_cast<int>(-got));
    bytes_this_turn_ += static_cast<std::size_t>(got);
    read_would_block_ = static_cast<std::size_t>(got) < size;
    last_received_ = clock::now();
    return watch(std::string_view(bytes, static_cast<std::size_t>(got))) ? got : -ECONNRESET;
}

/// Returns false when the peer has broken a limit.
bool pump::watch(std::string_view bytes) {
    if (!greeting_.complete()) bytes.remove_prefix(greeting_.read(bytes));
    if (greeting_.complete() && keeps_first_packet_) keep_first_packet(bytes);
    if (login_limited_) {
        received_ += bytes.size();
        if (received_ > login_limit) refusal_ = "the server sends without end before the login";
    }
    return !refused();
}

/// libssh2 forgets what it has queued when it hears of the end: so it hears of it only when it has nothing left to do.
ssize_t pump::end_of_stream(int error) {
    ended_ = true;
    error_ = error;
    if (!end_told_) return -EAGAIN;
    return error == 0 ? 0 : -error;
}

void pump::keep_first_packet(std::string_view bytes) {
    first_packet_.append(bytes.substr(0, first_packet_limit - std::min(first_packet_limit, first_packet_.size())));
}

/// False: there is no room now.
bool pump::push_out() {
    while (!unsent_.empty()) {
        ssize_t const sent = stream_->send(unsent_.data(), unsent_.size());
        if (sent == -EINTR) continue;
        if (sent == -EAGAIN) return false;
        if (sent < 0) {
            send_error_ = static_cast<int>(-sent);  // what has come before is read all the same
            unsent_.clear();
            return true;
        }
        unsent_.erase(0, static_cast<std::size_t>(sent));
    }
    if (unsent_.capacity() > spare_limit) std::string().swap(unsent_);
    return true;
}

asio::awaitable<void> pump::flush() {
    while (!push_out()) co_await stream_->writable();
}

asio::awaitable<void> pump::wait_for_room() {
    if (unsent_.size() > unsent_limit) {  // what there is to read is not for now
        co_await stream_->writable();
    } else {
        co_await coro::wait_any(stream_->readable(), stream_->writable());
    }
}

asio::awaitable<bool> pump::ready(deferred_call* pending, bool all_sent) {
    if (pending != nullptr && pending->pending()) {
        co_await pending->run();
        co_return true;
    }
    if (shared_) {
        if (!turns_over_) co_await turn_.wait();
        co_return !turns_over_;
    }
    if (ended_ || reads_disabled_) {
        bool const news = !end_told_;
        end_told_ = true;
        co_return news;
    }
    muster_release_room(session());
    if (ahead_begin_ == ahead_end_) ahead_.reset();
    co_await wait_io_or_timer(all_sent);
    read_would_block_ = false;
    bytes_this_turn_ = 0;
    co_return true;
}

/// Until there is something to read, or room for what is unsent.
asio::awaitable<void> pump::wait_io(bool all_sent) {
    if (send_error_ != 0) co_return;  // nothing is waited for any more
    if (all_sent) {
        co_await stream_->readable();
    } else {
        co_await wait_for_room();
    }
}

pump_timer::pump_timer(pump& connection, call on_time)
    : connection_(connection), on_time_(std::move(on_time)), due_(on_time_(clock::now())) {
    connection_.timers_.push_back(this);
}

pump_timer::~pump_timer() {
    std::erase(connection_.timers_, this);
}

pump::clock::time_point pump::next_timer() const noexcept {
    auto next = renewal_ ? renewal_->next_look(clock::now()) : clock::time_point::max();
    for (auto const* const timer : timers_) next = std::min(next, timer->due_);
    return next;
}

/// It reads, as every call of libssh2 may. A failure is the next call's.
void pump::renew_old_keys() {
    if (!renewal_ || reads_disabled_) return;
    if (renewal_->is_due(muster_keys_in_use(session()), clock::now())) muster_renew_keys(session());
}

void pump::run_timers() {
    auto const now = clock::now();
    for (auto* const timer : timers_)
        if (timer->due_ <= now) timer->due_ = timer->on_time_(now);
}

asio::awaitable<void> pump::wait_io_or_timer(bool all_sent) {
    auto const next = next_timer();
    if (next < alarm_for_) {
        auto const loop = co_await asio::this_coro::executor;
        wake_at(next, loop);
    }
    if (next > clock::now()) co_await wait_io(all_sent);
    if (next_timer() <= clock::now()) run_timers();
}

/// The alarm outlasts the waits, most of which end long before it would ring: it is set anew only for an earlier time.
void pump::wake_at(clock::time_point when, asio::any_io_executor const& loop) {
    if (!alarm_) {
        alarm_.emplace(loop, [this] {
            alarm_for_ = clock::time_point::max();
            stream_->interrupt();
        });
    }
    alarm_for_ = when;
    alarm_->arm(when);
}

void pump::close_channel(LIBSSH2_CHANNEL* opened) {
    if (turns_over_) return;  // freed with the session
    budget_.begin_call();
    if (libssh2_channel_free(opened) == LIBSSH2_ERROR_EAGAIN) closing_.push_back(opened);
    if (unsent() > 0 && on_unsent_) on_unsent_();
}

void pump::settle_later(std::unique_ptr<channel_opening> opening) {
    if (!turns_over_) openings_left_.push_back(std::move(opening));
}

bool pump::settle() {
    std::erase_if(openings_left_, [this](auto const& opening) {
        if (opening->step() == LIBSSH2_ERROR_EAGAIN) return false;
        if (opening->channel() != nullptr) closing_.push_back(opening->channel());
        return true;
    });
    std::erase_if(closing_, [](auto* channel) { return libssh2_channel_free(channel) != LIBSSH2_ERROR_EAGAIN; });
    return openings_left_.empty() && closing_.empty();
}

asio::awaitable<void> pump::settled() {
    co_await drive([this]() -> long { return settle() ? 0 : LIBSSH2_ERROR_EAGAIN; });
}

void pump::give_up(std::string why) {
    if (refusal_.empty()) refusal_ = std::move(why);
    end_of_stream(0);
}

asio::awaitable<void> pump::ready_into(bool& more, bool all_sent) {
    more = co_await ready(nullptr, all_sent);
}

asio::awaitable<bool> pump::ready_or(std::vector<asio::awaitable<void>> others, bool all_sent) {
    if (others.empty()) co_return co_await ready(nullptr, all_sent);
    bool more = true;
    others.push_back(ready_into(more, all_sent));
    co_await coro::wait_any(std::move(others));
    co_return more;
}

bool pump::take_in() {
    budget_.begin_call();
    bytes_this_turn_ = 0;
    read_would_block_ = false;
    taking_in_ = true;
    renew_old_keys();
    int const code = muster_take_in(session());
    taking_in_ = false;
    turn_.set();
    turn_.reset();
    return code == LIBSSH2_ERROR_EAGAIN && !ended_ && !refused();
}

void pump::stop_sharing() noexcept {
    turns_over_ = true;
    turn_.set();
}

bool pump::host_key_changed() const noexcept {
    return muster_host_key_changed(session()) != 0 || stream_->host_key_changed();
}

void pump::require_same_host_key() const {
    if (host_key_changed()) throw transport_error(final_state::host_key, stage::host_key, error_message());
}

std::string pump::error_message() const {
    if (stream_->host_key_changed()) return stream_->error_message();
    if (host_key_changed())
        return "HOST KEY CHANGED: the server has shown another key in a later key exchange than at the beginning; "
               "another server may have taken over the connection";
    if (!greeting_.error().empty()) return greeting_.error();
    if (!refusal_.empty()) return refusal_;
    if (auto const* const how = muster_broken(session())) return std::string("the server ") + how;
    if (!disconnect_message_.empty()) return "the server said: " + disconnect_message_;
    if (peer_disconnected_) return "the server ended the connection";
    if (auto below = stream_->error_message(); !below.empty()) return below;
    if (error_ != 0) return std::generic_category().message(error_);
    if (ended_) return "the server closed the connection";
    return {};
}

}  // namespace muster::ssh
