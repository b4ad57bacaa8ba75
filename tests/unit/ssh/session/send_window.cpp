// SPDX-License-Identifier: MIT
// How much goes ahead of a command that reads slowly, and of one that is far away.
#include "ssh/session/send_window.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstddef>

using muster::ssh::send_window;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t whole = std::size_t{2} * 1024 * 1024;
constexpr std::size_t piece = std::size_t{96} * 1024;

/// A server whose command reads, in virtual time.
class server {
  public:
    explicit server(send_window::goal goal) : window_(goal) {
        CHECK(window_.room(0, now_) == 0);
        open_ = whole;
    }

    /// Sends what may be sent; how much it was.
    std::size_t fill() {
        auto const room = window_.room(open_, now_);
        if (room > 0) window_.sent(room, now_);
        open_ -= room;
        return room;
    }
    void confirm(std::size_t count) { open_ += std::min(count, held()); }
    void wait(std::chrono::microseconds time) { now_ += time; }
    std::size_t held() const { return whole - open_; }

    /// The command reads a piece, again and again.
    void read_slowly(int pieces, std::chrono::microseconds each = 10ms) {
        for (int i = 0; i < pieces; ++i) {
            wait(each);
            confirm(piece);
            fill();
        }
    }
    /// All that was sent arrives at once, and is confirmed after a round trip.
    void read_far_away(int rounds) {
        for (int i = 0; i < rounds; ++i) {
            wait(50ms);
            for (auto left = held(); left > 0; left -= std::min(left, piece)) {
                confirm(std::min(left, piece));
                wait(100us);
                fill();
            }
        }
    }

  private:
    send_window window_;
    std::size_t open_ = 0;
    send_window::clock::time_point now_{};
};

}  // namespace

TEST_CASE("half of the window goes ahead of a command that reads slowly") {
    server slow(send_window::goal::no_waste);
    CHECK(slow.fill() == whole / 2 + piece);
    CHECK(slow.fill() == 0);
    slow.read_slowly(1000);
    CHECK(slow.held() == whole / 2 + piece);
}

TEST_CASE("the whole window is used once a long way has shown itself") {
    server far(send_window::goal::no_waste);
    far.fill();
    CHECK(far.held() < whole);
    far.read_far_away(2);
    CHECK(far.held() == whole);
}

TEST_CASE("a way is not long because the command pauses") {
    server slow(send_window::goal::no_waste);
    slow.fill();
    for (int i = 0; i < 20; ++i) {
        slow.read_slowly(40);
        slow.wait(2s);
    }
    CHECK(slow.held() == whole / 2 + piece);
}

TEST_CASE("a long way shows itself behind a command that begins slowly, too") {
    server far(send_window::goal::no_waste);
    far.fill();
    far.wait(20ms);
    far.read_slowly(60, 30ms);
    CHECK(far.held() < whole);
    far.read_far_away(200);
    CHECK(far.held() == whole);
}

TEST_CASE("little goes ahead of a terminal, however far it is") {
    server far(send_window::goal::little);
    far.fill();
    far.read_far_away(20);
    CHECK(far.held() == 2 * piece);
}

TEST_CASE("servers of unknown habits get as much as they take") {
    server other(send_window::goal::all);
    CHECK(other.fill() == whole);
}

TEST_CASE("a small window is used whole") {
    send_window window(send_window::goal::no_waste);
    CHECK(window.room(piece, {}) == piece);
}
