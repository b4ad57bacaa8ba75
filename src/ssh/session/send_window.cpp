// SPDX-License-Identifier: MIT
// Keeps what is sent ahead small where that costs no time.
#include "ssh/session/send_window.hpp"

#include <algorithm>

namespace muster::ssh {

namespace {

/// OpenSSH's server sends a packet as long as what it has written to a terminal without echo, which is all it holds
/// when the terminal takes that. Its own client refuses more than 256 KiB.
constexpr std::size_t most_for_terminal = std::size_t{192} * 1024;
/// Others confirm nothing before half of their window has been used.
constexpr std::size_t beyond_half = std::size_t{96} * 1024;

}  // namespace

std::size_t send_window::most() const noexcept {
    switch (goal_) {
        case goal::little:
            return most_for_terminal;
        case goal::no_waste:
            return whole_ / 2 + beyond_half;
        case goal::all:
            break;
    }
    return whole_;
}

std::size_t send_window::room(std::size_t open, clock::time_point now) noexcept {
    if (goal_ == goal::all) return open;
    if (whole_ != 0 && open > expected_) confirmed(open - expected_, now);
    whole_ = std::max(whole_, open);
    expected_ = open;
    auto const held = whole_ - open;
    return std::min(open, most() - std::min(held, most()));
}

void send_window::sent(std::size_t count, clock::time_point now) noexcept {
    expected_ -= std::min(count, expected_);
    if (!first_sent_) first_sent_ = now;
}

/// The way is long when what was sent first took a good part of the time in which the command reads all that may be
/// ahead of it. The round trip of TCP does not tell, a forwarder on this side may hide the way.
void send_window::confirmed(std::size_t count, clock::time_point now) noexcept {
    if (!first_sent_ || goal_ != goal::no_waste) return;
    if (!first_confirmed_) {
        first_confirmed_ = now;
        return;
    }
    confirmed_ += count;
    if (confirmed_ < most()) return;
    using seconds = std::chrono::duration<double>;
    seconds const way = *first_confirmed_ - *first_sent_;
    seconds const reading =
        seconds(now - *first_confirmed_) * static_cast<double>(most()) / static_cast<double>(confirmed_);
    if (way > 0.4 * reading) goal_ = goal::all;
}

}  // namespace muster::ssh
