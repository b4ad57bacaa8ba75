// SPDX-License-Identifier: MIT
// The pinned lines on a pseudo-terminal whose size changes.
#include "output/terminal/pinned_block.hpp"

#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

using namespace muster::output;
using namespace std::chrono_literals;

namespace {

class screen {
  public:
    screen() {
        if (::openpty(&ours_, &theirs_, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
        resize(80);
    }
    screen(screen const&) = delete;
    screen& operator=(screen const&) = delete;
    ~screen() {
        ::close(ours_);
        ::close(theirs_);
    }

    int terminal() const { return theirs_; }

    void resize(unsigned short columns) {
        winsize const size{24, columns, 0, 0};
        ::ioctl(ours_, TIOCSWINSZ, &size);
    }

    /// What has been written to it, at least one byte.
    std::string written() const {
        std::string text(65536, '\0');
        auto const size = ::read(ours_, text.data(), text.size());
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }

  private:
    int ours_ = -1;
    int theirs_ = -1;
};

std::size_t count_of(std::string const& text, std::string const& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

/// Draws two lines, the first of 60 columns, makes the terminal narrower, and answers what takes them away.
std::string erased_at(unsigned short columns) {
    screen shown;
    pinned_block block;
    block.change(shown.terminal(), [](terminal_size) {
        return pinned_lines{{"\x1b[31m" + std::string(40, 'x') + "\x1b[0m" + std::string(20, 'y'), "last"}, 1h};
    });
    while (!block.is_shown()) {
        std::this_thread::sleep_until(block.due());
        block.draw_if_due();
    }
    REQUIRE(count_of(shown.written(), "last") == 1);
    shown.resize(columns);
    block.erase(0ms);
    CHECK(!block.is_shown());
    return shown.written();
}

}  // namespace

TEST_CASE("Pinned lines are erased row by row, and nothing else of the screen") {
    CHECK(erased_at(80) == "\r\x1b[K\x1b[A\x1b[K");
}

TEST_CASE("On a terminal that became narrower every row of the pinned lines is erased") {
    ::unsetenv("XTERM_VERSION");
    ::setenv("TERM", "tmux-256color", 1);
    CHECK(count_of(erased_at(60), "\x1b[A") == 1);
    CHECK(count_of(erased_at(59), "\x1b[A") == 2);
    CHECK(count_of(erased_at(20), "\x1b[A") == 3);
    ::setenv("XTERM_VERSION", "XTerm(390)", 1);
    CHECK(count_of(erased_at(20), "\x1b[A") == 1);
}
