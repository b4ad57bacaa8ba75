// SPDX-License-Identifier: MIT
// Sends the input packet by packet, and no faster than server, kernel and loop bear.
#include "ssh/session/channel_input.hpp"

#include <algorithm>
#include <utility>

#include <muster/coro/time.hpp>

namespace muster::ssh {

namespace {

/// libssh2 takes so much at once.
constexpr std::size_t most_in_packet = 32'700;
/// Packets in one go: the loop has others to look after.
constexpr int most_packets = 4;
/// What the kernel has not taken yet: of earlier turns, or because a turn sends at its end.
constexpr std::size_t most_unsent = std::size_t{64} * 1024;

constexpr char end_of_file = 4;  // VEOF, as terminals have it

send_window::goal goal_for(pump const& connection, bool terminal) {
    char const* const banner = libssh2_session_banner_get(connection.session());
    if (banner == nullptr || std::string_view(banner).find("OpenSSH") == std::string_view::npos)
        return send_window::goal::all;
    return terminal ? send_window::goal::little : send_window::goal::no_waste;
}

}  // namespace

channel_input::channel_input(pump const& connection, asio::any_io_executor const& loop,
                             std::shared_ptr<command_input> from, bool terminal)
    : feed_(loop, std::move(from)), terminal_(terminal), window_(goal_for(connection, terminal)) {}

void channel_input::drop() {
    feed_.drop();
    ended_ = true;
}

void channel_input::send(pump& connection, LIBSSH2_CHANNEL* channel, std::span<char> room) {
    starved_ = sated_ = false;
    for (int packet = 0; packet < most_packets; ++packet) {
        if (ended_) return;
        if (connection.unsent() > most_unsent) break;
        if (send_piece(channel, room) == next_step::later) return;
    }
    sated_ = true;
}

/// Empty: there is no input now, or no window.
std::string_view channel_input::next_piece(LIBSSH2_CHANNEL* channel, std::span<char> room) {
    if (!begun_.empty()) return begun_;
    auto const most = std::min<std::size_t>(
        {room.size(), most_in_packet, window_.room(libssh2_channel_window_write(channel), pump::clock::now())});
    if (most == 0) return {};
    if (!last_word_.empty()) return last_word_;
    auto const bytes = feed_.next(room.first(most)).substr(0, most);
    starved_ = bytes.empty();
    if (bytes.empty() && feed_.ended() && terminal_) last_word_.assign(in_line_ ? 2 : 1, end_of_file);
    return last_word_.empty() ? bytes : std::string_view(last_word_);
}

channel_input::next_step channel_input::send_piece(LIBSSH2_CHANNEL* channel, std::span<char> room) {
    if (feed_.ended() && !terminal_) return send_end(channel);
    auto const piece = next_piece(channel, room);
    if (piece.empty()) return feed_.ended() && !terminal_ ? next_step::at_once : next_step::later;
    return after(libssh2_channel_write(channel, piece.data(), piece.size()), piece);
}

channel_input::next_step channel_input::after(ssize_t sent, std::string_view piece) {
    if (sent == LIBSSH2_ERROR_EAGAIN) {  // in the middle of new keys: the same bytes again
        if (begun_.empty()) begun_.assign(piece);
        return next_step::later;
    }
    if (sent < 0) drop();
    if (sent <= 0) return next_step::later;
    auto const count = static_cast<std::size_t>(sent);
    window_.sent(count, pump::clock::now());
    in_line_ = piece[count - 1] != '\n';
    begun_.clear();
    if (last_word_.empty()) {
        feed_.took(count);
    } else {
        last_word_.erase(0, count);
        if (last_word_.empty()) terminal_ = false;  // now the end of file
    }
    return next_step::at_once;
}

channel_input::next_step channel_input::send_end(LIBSSH2_CHANNEL* channel) {
    int const code = libssh2_channel_send_eof(channel);
    ended_ = code != LIBSSH2_ERROR_EAGAIN;
    return next_step::later;
}

void channel_input::add_waits(pump const& connection, std::vector<asio::awaitable<void>>& to) {
    if (ended_) return;
    if (sated_ && connection.unsent() == 0) to.push_back(coro::sleep_for({}));
    if (starved_) to.push_back(feed_.changed().wait());
}

}  // namespace muster::ssh
