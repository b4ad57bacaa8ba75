// SPDX-License-Identifier: MIT
// Reads /dev/tty on the loop. It opens the terminal itself: a mode set on this descriptor is on no other.
#include "cli/process/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "output/terminal/sanitise.hpp"
#include "process/pipe.hpp"
#include "process/unique_fd.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t longest_line = 1024;

unique_fd open_terminal() {
    return unique_fd(::open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        auto const size = ::write(descriptor, text.data(), text.size());
        pollfd room{descriptor, POLLOUT, 0};
        if (size < 0 && errno == EAGAIN && ::poll(&room, 1, 100) == 1) continue;
        if (size < 0 && errno != EINTR) return;
        if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
    }
}

}  // namespace

bool has_terminal() {
    return static_cast<bool>(open_terminal());
}

void show_on_terminal(std::string const& text) {
    if (auto const terminal = open_terminal()) write_all(terminal.get(), output::sanitised_lines(text));
}

asio::awaitable<std::optional<std::string>> ask_line(std::string prompt) {
    auto terminal = open_terminal();
    if (!terminal) co_return std::nullopt;
    ::tcflush(terminal.get(), TCIFLUSH);  // what was typed before the question is no answer
    write_all(terminal.get(), output::sanitised_lines(prompt));
    auto from = process::adopt(co_await asio::this_coro::executor, std::move(terminal));
    std::string line;
    for (;;) {
        co_await from.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        std::array<char, 256> piece;
        auto const size = ::read(from.native_handle(), piece.data(), piece.size());
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (size <= 0) co_return std::nullopt;
        line.append(piece.data(), static_cast<std::size_t>(size));
        auto const end = line.find('\n');
        if (end != std::string::npos) co_return line.substr(0, end);
        if (line.size() > longest_line) co_return std::string();
    }
}

}  // namespace muster::cli
