// SPDX-License-Identifier: MIT
// One child with three pipes; readers and the writer run beside the wait for its end.
#include "process/run.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/errors.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/coro/shield.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include "process/exit_watch.hpp"
#include "process/pipe.hpp"

namespace muster::process {

namespace {

using descriptor = asio::posix::stream_descriptor;

/// 128 KiB, twice the capacity of a pipe.
constexpr int most_pieces = 8;

/// After SIGKILL a process ends at once, unless the kernel holds it in uninterruptible sleep.
constexpr auto longest_death = std::chrono::seconds(1);

/// Most programs have obeyed a SIGTERM by then.
constexpr std::chrono::nanoseconds usual_death = std::chrono::milliseconds(300);

/// Where one stream of the child goes.
struct kept_stream {
    printed_to which;
    std::string& text;
    std::size_t most;
    bool& truncated;
    print_listener const& hear;

    void keep(std::string_view bytes) const {
        auto const fits = bytes.substr(0, most - text.size());
        truncated = truncated || fits.size() < bytes.size();
        text += fits;
        if (hear && !fits.empty()) hear(which, fits);
    }
};

/// Reads one stream of the child.
class reader {
  public:
    reader(asio::any_io_executor const& loop, kept_stream into) : from_(loop), into_(into) {
        auto ends = open_pipe();
        make_non_blocking(ends.reader);
        from_ = adopt(loop, std::move(ends.reader));
        writer_ = std::move(ends.writer);
    }

    int childs_end() const noexcept { return writer_.get(); }
    void child_has_it() noexcept { writer_.reset(); }

    /// Reads until the end of the stream, or until it is cancelled.
    asio::awaitable<void> read() {
        while (from_.is_open()) {
            co_await from_.async_wait(descriptor::wait_read, asio::use_awaitable);
            read_what_is_there();
        }
    }

    /// At least what a process has written before it ended: a pipe holds no more than this. Not more, so that a process
    /// which writes without end can't keep the loop busy.
    void read_what_is_there() {
        std::array<char, 16 * 1024> piece;
        for (int pieces = 0; pieces < most_pieces && from_.is_open(); ++pieces) {
            auto const size = ::read(from_.native_handle(), piece.data(), piece.size());
            if (size < 0 && errno == EINTR) continue;
            if (size < 0 && errno == EAGAIN) return;
            if (size <= 0) return from_.close();
            into_.keep(std::string_view(piece.data(), static_cast<std::size_t>(size)));
        }
    }

  private:
    descriptor from_;
    unique_fd writer_;
    kept_stream into_;
};

/// The child's standard input. A child that doesn't read it to the end is no error.
class writer {
  public:
    writer(asio::any_io_executor const& loop, std::string text) : to_(loop), text_(std::move(text)) {
        if (text_.empty()) return;
        auto ends = open_pipe();
        make_non_blocking(ends.writer);
        to_ = adopt(loop, std::move(ends.writer));
        reader_ = std::move(ends.reader);
    }

    /// -1: the child needs none.
    int childs_end() const noexcept { return reader_.get(); }
    void child_has_it() noexcept { reader_.reset(); }

    asio::awaitable<void> write() {
        while (to_.is_open()) {
            co_await to_.async_wait(descriptor::wait_write, asio::use_awaitable);
            write_some();
        }
    }

  private:
    void write_some() {
        auto const rest = std::string_view(text_).substr(written_);
        auto const size = write_quietly(to_.native_handle(), rest);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (size > 0) written_ += static_cast<std::size_t>(size);
        if (size < 0 || written_ == text_.size()) to_.close();
    }

    descriptor to_;
    unique_fd reader_;
    std::string text_;
    std::size_t written_ = 0;
};

class running_command {
  public:
    running_command(asio::any_io_executor const& loop, command const& command, std::string input,
                    run_limits const& limits, print_listener hear)
        : limits_(limits),
          hear_(std::move(hear)),
          in_(loop, std::move(input)),
          out_(loop, {printed_to::out, result_.out, limits.output, result_.truncated, hear_}),
          err_(loop, {printed_to::err, result_.err, limits.output, result_.truncated, hear_}),
          child_(command, streams{in_.childs_end(), out_.childs_end(), err_.childs_end()}, isolation::session),
          exit_(loop) {
        in_.child_has_it();
        out_.child_has_it();
        err_.child_has_it();
        exit_.open(child_);
    }
    running_command(running_command const&) = delete;
    running_command& operator=(running_command const&) = delete;
    ~running_command() { child_.reap(); }

    asio::awaitable<void> run_with_limit() {
        try {
            co_await coro::with_timeout(limits_.time, run_to_end());
        } catch (coro::timed_out const&) {
            result_.timed_out = true;
        }
    }

    /// SIGTERM, the grace, SIGKILL; nothing for a child that has ended.
    asio::awaitable<void> end() {
        if (child_.exited()) co_return;
        child_.signal(SIGTERM);
        auto const first = std::min(limits_.grace, usual_death);
        co_await coro::move_on_after(first, run_to_end_or_kill());
        if (limits_.lingers && limits_.grace > first && !child_.exited() && !is_at_once()) limits_.lingers();
        if (limits_.grace > first) co_await coro::move_on_after(limits_.grace - first, run_to_end_or_kill());
        if (child_.exited()) co_return;
        child_.signal(SIGKILL);
        co_await coro::move_on_after(longest_death, run_to_end());
    }

    run_result take_result() {
        result_.end = child_.record();
        return std::move(result_);
    }

  private:
    bool is_at_once() const noexcept { return limits_.at_once != nullptr && limits_.at_once->is_set(); }

    asio::awaitable<void> run_to_end_or_kill() {
        if (limits_.at_once == nullptr) {
            co_await run_to_end();
        } else {
            auto cut_short = limits_.at_once->wait();
            co_await coro::wait_any(run_to_end(), std::move(cut_short));
        }
    }

    asio::awaitable<void> run_to_end() {
        auto body = [this](coro::nursery& streams) -> asio::awaitable<void> {
            streams.start(in_.write(), coro::daemon);
            streams.start(out_.read(), coro::daemon);
            streams.start(err_.read(), coro::daemon);
            while (!child_.exited()) co_await exit_.wait();
        };
        co_await coro::open_nursery(body);
        out_.read_what_is_there();
        err_.read_what_is_there();
    }

    run_limits limits_;
    print_listener hear_;
    run_result result_;
    writer in_;
    reader out_;
    reader err_;
    child child_;
    exit_watch exit_;
};

}  // namespace

asio::awaitable<run_result> run(command command, std::string input, run_limits limits, print_listener hear) {
    auto const loop = co_await asio::this_coro::executor;
    std::optional<running_command> running;
    auto work = [&]() -> asio::awaitable<void> {
        running.emplace(loop, command, std::move(input), limits, std::move(hear));
        co_await running->run_with_limit();
    };
    auto end = [&]() -> asio::awaitable<void> {
        if (running) co_await running->end();
    };
    co_await coro::finally(work(), end);
    co_return running->take_result();
}

}  // namespace muster::process
