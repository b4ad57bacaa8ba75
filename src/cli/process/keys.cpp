// SPDX-License-Identifier: MIT
// Sets the terminal's mode and reads keys through a description of its own: the mode of an inherited one stays as it
// is.
#include "cli/process/keys.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/time.hpp>

#include "output/terminal/terminal.hpp"

namespace muster::cli {

namespace {

constexpr auto type_ahead = std::chrono::seconds(3);
constexpr auto between_looks = std::chrono::milliseconds(100);  // while no key is read

bool is_pipe(int descriptor) noexcept {
    struct stat about {};
    return ::fstat(descriptor, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

bool set_mode(termios const& mode) noexcept {
    return ::tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

void act(char key, key_actions const& actions) {
    if (key == '\n' || key == '\r' || key == 's') actions.who_runs();
    if (key == 'f') actions.failures();
    if (key == '?') actions.help();
}

/// One step towards reading keys, or away from it. First the terminal's mode, then the block that names the keys: what
/// is typed in between is not for this program.
bool may_read(key_mode& mode, key_actions const& actions, std::chrono::steady_clock::time_point first_read) {
    if (!actions.is_pinned()) {
        if (mode.reads_keys()) actions.announce(false);
        mode.off();
        return false;
    }
    if (!mode.quiet() || std::chrono::steady_clock::now() < first_read) return false;
    if (!mode.reads_keys()) {
        actions.announce(mode.read_keys());
        return false;
    }
    if (actions.is_announced()) return true;
    if (has_typed()) mode.read_lines();
    return false;
}

int open_terminal() noexcept {
    char name[256];
    if (::ttyname_r(STDIN_FILENO, name, sizeof name) != 0) return -1;
    return ::open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

bool key_mode::quiet() noexcept {
    if (lent_ || !output::in_foreground(STDIN_FILENO)) return false;
    if (before_) return true;
    termios now{};
    if (::tcgetattr(STDIN_FILENO, &now) != 0) return false;
    if ((now.c_lflag & ICANON) == 0 || (now.c_lflag & ECHO) == 0) return false;  // another program's mode
    termios silent = now;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (set_mode(silent)) before_ = now;
    return before_.has_value();
}

/// The line that is being typed counts only in the new mode.
bool key_mode::read_keys() noexcept {
    termios now{};
    if (reads_keys_ || !before_ || has_typed()) return reads_keys_;
    if (::tcgetattr(STDIN_FILENO, &now) != 0 || (now.c_lflag & ICANON) == 0) return false;  // another program's mode
    termios single = *before_;
    single.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    single.c_cc[VMIN] = 1;
    single.c_cc[VTIME] = 0;
    if (!set_mode(single)) return false;
    reads_keys_ = true;
    output::note_own_mode(true);
    if (has_typed()) read_lines();
    return reads_keys_;
}

void key_mode::read_lines() noexcept {
    if (!std::exchange(reads_keys_, false) || !before_) return;
    output::note_own_mode(false);
    termios lines = *before_;
    lines.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (output::in_foreground(STDIN_FILENO)) set_mode(lines);
}

void key_mode::off() noexcept {
    auto const before = std::exchange(before_, std::nullopt);
    reads_keys_ = false;
    output::note_own_mode(false);
    if (before && output::in_foreground(STDIN_FILENO)) set_mode(*before);
}

void key_mode::lend(bool away) noexcept {
    lent_ = away;
    if (away) off();
}

bool has_typed() noexcept {
    int waiting = 0;
    return ::ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

bool can_read_keys() noexcept {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1 && !is_pipe(STDOUT_FILENO);
}

asio::awaitable<void> watch_keys(key_mode& mode, key_actions actions) {
    int const terminal = open_terminal();
    if (terminal < 0) co_return;
    asio::posix::stream_descriptor keys(co_await asio::this_coro::executor, terminal);
    auto const first_read = std::chrono::steady_clock::now() + type_ahead;
    for (;;) {
        while (!may_read(mode, actions, first_read)) co_await coro::sleep_for(between_looks);
        co_await keys.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        if (!may_read(mode, actions, first_read)) continue;  // what is typed now is for another program
        char typed[64];
        auto const size = ::read(terminal, typed, sizeof typed);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) co_return;  // the terminal is gone
        for (auto const key : std::string_view(typed, size > 0 ? static_cast<std::size_t>(size) : 0)) act(key, actions);
    }
}

}  // namespace muster::cli
