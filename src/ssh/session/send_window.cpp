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
/// Of a host that is short of CPU one round in twelve is silent, too.
constexpr int enough_rounds = 3;

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

/// A long way shows itself by silence in one round after the other: nothing is confirmed for most of it, then nearly
/// all at once. The round trip of TCP does not show it behind a forwarder.
void send_window::confirmed(std::size_t count, clock::time_point now) noexcept {
    if (!in_round_) return begin_round(now);
    longest_silence_ = std::max(longest_silence_, now - last_);
    last_ = now;
    confirmed_ += count;
    if (confirmed_ < most()) return;
    bool const silent = 5 * longest_silence_ > 3 * (now - round_began_);
    silent_rounds_ = silent ? silent_rounds_ + 1 : 0;
    if (goal_ == goal::no_waste && silent_rounds_ == enough_rounds) goal_ = goal::all;
    begin_round(now);
}

void send_window::begin_round(clock::time_point now) noexcept {
    in_round_ = true;
    confirmed_ = 0;
    round_began_ = last_ = now;
    longest_silence_ = {};
}

}  // namespace muster::ssh
