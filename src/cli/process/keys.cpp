// SPDX-License-Identifier: MIT
// Sets the terminal's mode and reads keys through a description of its own: the mode of an inherited one stays as it
// is.
#include "cli/process/keys.hpp"

#include <fcntl.h>
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
constexpr auto while_off = std::chrono::milliseconds(100);

bool is_pipe(int descriptor) noexcept {
    struct stat about {};
    return ::fstat(descriptor, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

void act(char key, key_actions const& actions) {
    if (key == '\n' || key == '\r' || key == 's') actions.who_runs();
    if (key == 'f') actions.failures();
    if (key == '?') actions.help();
}

int open_terminal() noexcept {
    char name[256];
    if (::ttyname_r(STDIN_FILENO, name, sizeof name) != 0) return -1;
    return ::open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

void key_mode::on() noexcept {
    wanted_ = true;
    if (!lent_) set();
}

void key_mode::off() noexcept {
    wanted_ = false;
    reset();
}

void key_mode::lend(bool away) noexcept {
    lent_ = away;
    if (away) reset();
    if (!away && wanted_) set();
}

void key_mode::set() noexcept {
    termios now{};
    if (before_ || !output::in_foreground(STDIN_FILENO) || ::tcgetattr(STDIN_FILENO, &now) != 0) return;
    if ((now.c_lflag & ICANON) == 0) return;  // another program reads keys
    termios quiet = now;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    if (::tcsetattr(STDIN_FILENO, TCSANOW, &quiet) != 0) return;
    before_ = now;
    output::note_own_mode(true);
}

void key_mode::reset() noexcept {
    auto const before = std::exchange(before_, std::nullopt);
    output::note_own_mode(false);
    if (before && output::in_foreground(STDIN_FILENO)) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before);
}

bool can_read_keys() noexcept {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1 && !is_pipe(STDOUT_FILENO);
}

asio::awaitable<void> watch_keys(key_mode& mode, key_actions actions) {
    co_await coro::sleep_for(type_ahead);
    int const terminal = open_terminal();
    if (terminal < 0) co_return;
    asio::posix::stream_descriptor keys(co_await asio::this_coro::executor, terminal);
    mode.on();
    actions.begin();
    for (;;) {
        while (!mode.is_on()) co_await coro::sleep_for(while_off);
        co_await keys.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        if (!mode.is_on()) continue;  // what is typed now is for another program
        char typed[64];
        auto const size = ::read(terminal, typed, sizeof typed);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) co_return;  // the terminal is gone
        for (auto const key : std::string_view(typed, size > 0 ? static_cast<std::size_t>(size) : 0)) act(key, actions);
    }
}

}  // namespace muster::cli
