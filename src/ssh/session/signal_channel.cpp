// SPDX-License-Identifier: MIT
// Runs a script in a channel of its own and asks it, line by line.
#include "ssh/session/signal_channel.hpp"

#include <array>
#include <chrono>

#include <muster/coro/time.hpp>

#include "ssh/session/group_scripts.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

constexpr unsigned window = 32 * 1024;
constexpr std::size_t longest_answer = 4096;  // more is no answer of our script
constexpr std::string_view greeting = "groups";

}  // namespace

signal_channel::signal_channel(pump& connection)
    : connection_(connection), channel_(connection, "session", {}, window) {}

asio::awaitable<bool> signal_channel::start() {
    long const refused = co_await channel_.open();
    if (refused != 0) co_return false;
    if (started_) co_return true;
    static std::string const command = signal_command();
    long const code = co_await connection_.drive([&] {
        return libssh2_channel_process_startup(channel_.get(), "exec", sizeof "exec" - 1, command.data(),
                                               static_cast<unsigned>(command.size()));
    });
    started_ = code == 0;
    co_return started_;
}

asio::awaitable<bool> signal_channel::open() {
    if (open_) co_return *open_;
    bool const runs = co_await start();
    if (!runs) {
        open_ = false;
        co_return false;
    }
    auto const line = co_await read_line();
    open_ = line && line->starts_with(greeting) && line->size() > greeting.size();
    co_return *open_;
}

asio::awaitable<void> signal_channel::signal(stop_signal signal) {
    co_await ask(signal == stop_signal::term ? "TERM\n" : "KILL\n");
}

asio::awaitable<group_state> signal_channel::look() {
    auto const answer = co_await ask("LOOK\n");
    if (!answer) co_return group_state::unknown;
    co_return *answer == "gone" ? group_state::gone : group_state::alive;
}

/// The answer to a question, past those to questions whose asker was cancelled.
asio::awaitable<std::optional<std::string>> signal_channel::ask(std::string_view word) {
    while (unanswered_ > 0) {
        auto const stale = co_await read_line();
        if (!stale) co_return std::nullopt;
        --unanswered_;
    }
    long const sent = co_await connection_.drive([&]() -> long {
        return static_cast<long>(libssh2_channel_write_ex(channel_.get(), 0, word.data(), word.size()));
    });
    if (sent != static_cast<long>(word.size())) co_return std::nullopt;
    ++unanswered_;
    auto line = co_await read_line();
    --unanswered_;
    co_return line;
}

/// Nothing when there will be no line.
asio::awaitable<std::optional<std::string>> signal_channel::read_line() {
    if (!failed_) {
        long const code = co_await connection_.drive([this] { return poll_line(); });
        failed_ = code != 0;
    }
    auto const end = received_.find('\n');
    if (end == std::string::npos) co_return std::nullopt;
    auto line = received_.substr(0, end);
    received_.erase(0, end + 1);
    co_return line;
}

long signal_channel::poll_line() {
    std::array<char, 256> piece;
    while (received_.find('\n') == std::string::npos) {
        auto const got = libssh2_channel_read_ex(channel_.get(), 0, piece.data(), piece.size());
        if (got < 0) return static_cast<long>(got);
        if (got == 0)
            return libssh2_channel_eof(channel_.get()) != 0 ? LIBSSH2_ERROR_CHANNEL_EOF_SENT : LIBSSH2_ERROR_EAGAIN;
        received_.append(piece.data(), static_cast<std::size_t>(got));
        if (received_.size() > longest_answer) return LIBSSH2_ERROR_PROTO;
    }
    return 0;
}

}  // namespace muster::ssh
