// SPDX-License-Identifier: MIT
// The program of one ProxyCommand: our end of its socket, what it says on standard error, and its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <muster/coro/event.hpp>

#include "process/child.hpp"
#include "process/exit_watch.hpp"
#include "process/groups.hpp"

namespace muster::ssh {

/// Runs as `$SHELL -c 'exec COMMAND'` in a session of its own, so that a signal of the terminal does not reach it. Its
/// standard input and output are the other end of socket(). Its end ends the stream, whoever else holds that.
///
/// The mistake: using one whose live() does not run, which reads its standard error and reaps it.
class proxy {
  public:
    /// A line that it has said on standard error, as it came.
    using listener = std::function<void(std::string_view line)>;
    using socket_type = asio::local::stream_protocol::socket;

    /// What is kept of one line, and what the listener is told in all.
    static constexpr std::size_t most_said = std::size_t{8} << 10;

    /// What carries the connection.
    enum class way {
        streams,  ///< the program: its end is the stream's
        passed,   ///< a socket that it passes: it may have ended by then, and leave others behind who do the work
    };

    /// Starts it. Throws std::system_error.
    proxy(asio::any_io_executor const& loop, std::string const& text, way carries, listener heard);
    proxy(proxy const&) = delete;
    proxy& operator=(proxy const&) = delete;
    ~proxy() = default;

    /// From its start to its end, which let_go() brings about: SIGTERM to its group and after a second SIGKILL. `seen`
    /// is shared by those that run.
    asio::awaitable<void> live(process::groups& seen);
    /// No stream needs it any more.
    void let_go() noexcept;
    /// For a reaper, when it did not end.
    std::optional<pid_t> release() noexcept { return child_.release(); }

    socket_type& socket() noexcept { return socket_; }

    bool end_is_known() const noexcept { return ended_.is_set() || was_awaited_; }
    /// Until it is known how the program has ended, a second at most: the stream may end a moment before.
    asio::awaitable<void> await_end();

    /// Its last line, sanitised, and how it ended: "ProxyCommand: no such instance (exit 254)".
    std::string words() const;
    /// It has said something, and it may still run.
    std::string last_line() const;

  private:
    struct ends;
    proxy(asio::any_io_executor const& loop, std::string const& text, way carries, listener heard, ends made);
    asio::awaitable<void> read_errors();
    void read_what_is_there();
    void hear(std::string_view bytes);
    void end_line();
    asio::awaitable<void> run_to_end(process::groups& seen);
    asio::awaitable<void> watch_end();
    asio::awaitable<void> watch_group(process::groups& seen);
    bool group_may_live(process::groups& seen);
    void note_end();

    way carries_;
    socket_type socket_;
    asio::posix::stream_descriptor errors_;  // not closed before its reader has seen the end
    bool errors_ended_ = false;
    listener heard_;
    process::child child_;
    process::exit_watch exit_;
    std::string line_;             // being read
    std::string last_line_;        // the last that was not blank
    std::size_t told_ = 0;         // bytes, to the listener
    bool socket_is_held_ = false;  // by others than the program, which has ended
    bool was_awaited_ = false;
    coro::event let_go_;
    coro::event ended_;
};

/// Keeps a program for as long as a stream uses it.
class proxy_use {
  public:
    explicit proxy_use(std::shared_ptr<proxy> used) noexcept : used_(std::move(used)) {}
    proxy_use(proxy_use&&) noexcept = default;
    proxy_use& operator=(proxy_use&&) = delete;
    ~proxy_use() {
        if (used_) used_->let_go();
    }

    proxy* operator->() const noexcept { return used_.get(); }

  private:
    std::shared_ptr<proxy> used_;
};

}  // namespace muster::ssh
