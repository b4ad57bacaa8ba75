// SPDX-License-Identifier: MIT
// Starts the program, listens to it, and follows it and its process group to their end.
#include "ssh/proxy/proxy.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <asio/use_awaitable.hpp>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include "process/pipe.hpp"
#include "ssh/bytes/plain_text.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

/// Between SIGTERM and SIGKILL; also how long a stream that has ended waits for the program's own end.
constexpr auto patience = 1s;
constexpr auto longest_pause = 50ms;

/// Of standard error in one go, so that a program which writes without end can't keep the loop busy.
constexpr int most_pieces = 8;
constexpr std::size_t shown_of_line = 256;

/// As ssh runs it: by the user's shell, which the program replaces.
process::command shell_command(std::string const& text) {
    char const* const shell = std::getenv("SHELL");
    std::string const program = shell != nullptr && *shell != '\0' ? shell : "/bin/sh";
    return process::command({program, "-c", "exec " + text});
}

bool somebody_holds_other_end(int fd) {
    pollfd asked{fd, 0, 0};
    return ::poll(&asked, 1, 0) == 0;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

/// Descriptors before the program has started.
struct proxy::ends {
    process::socket_ends socket = process::open_socket_pair();
    process::pipe_ends errors = process::open_pipe();
};

proxy::proxy(asio::any_io_executor const& loop, std::string const& text, way carries, listener heard)
    : proxy(loop, text, carries, std::move(heard), ends()) {}

proxy::proxy(asio::any_io_executor const& loop, std::string const& text, way carries, listener heard, ends made)
    : carries_(carries),
      socket_(loop),
      errors_(loop),
      heard_(std::move(heard)),
      child_(shell_command(text), {made.socket.childs.get(), made.socket.childs.get(), made.errors.writer.get()},
             process::isolation::session),
      exit_(loop) {
    exit_.open(child_);
    socket_.assign(asio::local::stream_protocol(), made.socket.ours.get());
    made.socket.ours.release();
    socket_.non_blocking(true);
    process::make_non_blocking(made.errors.reader);
    errors_ = process::adopt(loop, std::move(made.errors.reader));
}

asio::awaitable<void> proxy::live(process::groups& seen) {
    auto errors = read_errors();
    auto life = run_to_end(seen);
    co_await coro::run_as_daemon(std::move(errors), std::move(life));
    child_.reap();
}

void proxy::let_go() noexcept {
    if (let_go_.is_set()) return;
    ::shutdown(socket_.native_handle(), SHUT_WR);
    let_go_.set();
}

asio::awaitable<void> proxy::await_end() {
    co_await coro::move_on_after(patience, ended_.wait());
    was_awaited_ = true;
}

asio::awaitable<void> proxy::run_to_end(process::groups& seen) {
    auto end = watch_end();
    auto let_go = let_go_.wait();
    co_await coro::wait_any(std::move(end), std::move(let_go));
    if (carries_ == way::passed) co_await let_go_.wait();
    for (int const signal : {SIGTERM, SIGKILL}) {
        if (!group_may_live(seen)) co_return;
        child_.signal(signal);
        co_await coro::move_on_after(patience, watch_group(seen));
    }
}

asio::awaitable<void> proxy::watch_end() {
    while (!child_.exited()) co_await exit_.wait();
    note_end();
}

asio::awaitable<void> proxy::watch_group(process::groups& seen) {
    co_await watch_end();
    for (std::chrono::milliseconds pause = 1ms; group_may_live(seen);
         pause = std::min<decltype(pause)>(pause * 2, longest_pause))
        co_await coro::sleep_for(pause);
}

/// A group in which no process holds what the program held is not looked for: that costs a walk through /proc.
bool proxy::group_may_live(process::groups& seen) {
    if (!child_.exited()) return true;
    note_end();
    bool const something_is_held = socket_is_held_ || !errors_ended_;
    return something_is_held && seen.may_live(child_.id(), process::groups::clock::now());
}

void proxy::note_end() {
    read_what_is_there();
    if (ended_.is_set()) return;
    end_line();
    exit_.close();
    socket_is_held_ = somebody_holds_other_end(socket_.native_handle());
    ::shutdown(socket_.native_handle(), SHUT_RDWR);
    ended_.set();
}

asio::awaitable<void> proxy::read_errors() {
    while (!errors_ended_) {
        co_await errors_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
        read_what_is_there();
    }
}

void proxy::read_what_is_there() {
    std::array<char, 16 * 1024> piece;
    for (int pieces = 0; pieces < most_pieces && !errors_ended_; ++pieces) {
        auto const size = ::read(errors_.native_handle(), piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return;
        errors_ended_ = size <= 0;
        if (size > 0) hear(std::string_view(piece.data(), static_cast<std::size_t>(size)));
    }
}

void proxy::hear(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const end = std::min(bytes.find('\n'), bytes.size());
        line_ += bytes.substr(0, std::min(end, most_said - line_.size()));
        if (end == bytes.size()) return;
        end_line();
        bytes.remove_prefix(end + 1);
    }
}

void proxy::end_line() {
    if (!is_blank(line_)) {
        if (heard_ && told_ < most_said) heard_(line_);
        told_ += line_.size();
        last_line_ = std::move(line_);
    }
    line_.clear();
}

std::string proxy::last_line() const {
    auto const& last = is_blank(line_) ? last_line_ : line_;
    return is_blank(last) ? std::string() : "ProxyCommand: " + plain_text(last, shown_of_line);
}

std::string proxy::words() const {
    auto said = last_line();
    if (!ended_.is_set()) return said.empty() ? "ProxyCommand has closed the connection" : said;
    auto const& end = child_.record();
    auto const how = end.status ? fmt::format("exit {}", *end.status) : "SIG" + end.signal;
    return fmt::format("{} ({})", said.empty() ? "ProxyCommand ended and said nothing" : said, how);
}

}  // namespace muster::ssh
