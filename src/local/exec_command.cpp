// SPDX-License-Identifier: MIT
// Starts a program, reads its streams and its exit, and follows its process group to the end.
#include "local/exec_command.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <asio/use_awaitable.hpp>

#include <muster/coro/time.hpp>
#include <muster/coro/wait.hpp>

namespace muster::local {

namespace {

using namespace std::chrono_literals;

/// By number: Asio's errors have a category of their own.
std::string_view way_out(int error) {
    switch (error) {
        case E2BIG:
            return "; the command is too long";
        case EAGAIN:
            return "; lower --fanout or raise `ulimit -u`";
        case EMFILE:
            return "; lower --fanout or raise `ulimit -n`";
        default:
            return "";
    }
}

asio::awaitable<void> readable(asio::posix::stream_descriptor& descriptor) {
    co_await descriptor.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
}

}  // namespace

std::string explained(std::system_error const& error) {
    return fmt::format("cannot start a process: {}{}", error.what(), way_out(error.code().value()));
}

reserved_descriptors::reserved_descriptors() {
    try {
        for (auto& ends : pipes_) ends = process::open_pipe();
    } catch (std::system_error const& error) {
        throw local_resources_exhausted(explained(error));
    }
}

exec_command::pipe::pipe(asio::any_io_executor const& loop, stream which) : from(which), reader(loop) {
    auto ends = process::open_pipe();
    process::make_non_blocking(ends.reader);
    reader = process::adopt(loop, std::move(ends.reader));
    writer = std::move(ends.writer);
}

exec_command::exec_command(asio::any_io_executor const& loop, shared_state shared)
    : shared_(shared), out_(loop, stream::out), err_(loop, stream::err), exit_(loop) {}

exec_command::~exec_command() {
    if (!child_) return;
    bool const ended = over_ || (!stopped_at_ && child_->exited());
    if (!ended) child_->signal(SIGKILL);
    shared_.reaper.add(child_->release());
}

void exec_command::start(process::command const& program, std::shared_ptr<command_input> const& input, int in) {
    if (input && in < 0) in_.emplace(out_.reader.get_executor(), input);
    process::streams const files{in_ ? in_->reader() : in, out_.writer.get(), err_.writer.get()};
    child_.emplace(program, files, process::isolation::session);
    id_ = child_->id();
    if (in_) in_->child_has_it();
    out_.writer.reset();
    err_.writer.reset();
    exit_.open(*child_);  // where descriptors are few, those that were closed make room for it
}

asio::awaitable<command_event> exec_command::read() {
    if (!std::exchange(start_told_, true)) co_return command_started{};
    for (;;) {
        if (in_) in_->write(scratch_);
        auto found = poll();
        if (found) co_return std::move(*found);
        if (std::exchange(asked_, false)) co_return caught_up{};  // a pipe keeps nothing back
        co_await wait();
    }
}

asio::awaitable<void> exec_command::idle() {
    while (in_ && in_->is_open()) {
        in_->write(scratch_);
        if (in_->is_open()) co_await in_->can_go_on();
    }
}

/// The program's end is looked for first: what it has written is in the pipes by then.
std::optional<command_event> exec_command::poll() {
    bool const exited = child_->exited();
    err_first_ = !err_first_;
    for (auto* const pipe : {err_first_ ? &err_ : &out_, err_first_ ? &out_ : &err_})
        if (auto piece = take_from(*pipe)) return piece;
    if (!exited) return std::nullopt;
    if (exit_.is_open()) exit_.close();
    in_.reset();
    if (over()) {
        over_ = true;
        return command_end{child_->record().status, child_->record().signal, true};
    }
    if (std::exchange(exit_told_, true)) return std::nullopt;
    return command_exited{};
}

std::optional<command_event> exec_command::take_from(pipe& pipe) {
    while (pipe.reader.is_open()) {
        auto const size = ::read(pipe.reader.native_handle(), scratch_.data(), scratch_.size());
        if (size > 0) {
            asked_ = false;
            return output_piece{pipe.from, std::string_view(scratch_.data(), static_cast<std::size_t>(size))};
        }
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return std::nullopt;
        pipe.reader.close();
    }
    return std::nullopt;
}

/// For a program that has exited.
bool exec_command::over() {
    if (stopped_at_) {
        bool const lives = shared_.groups.may_live(child_->id(), *stopped_at_);
        stopped_at_ = std::max(*stopped_at_, shared_.groups.last_pass() + 1ns);  // the next one, whoever wants it
        return !lives;
    }
    return !out_.reader.is_open() && !err_.reader.is_open();
}

asio::awaitable<void> exec_command::wait() {
    std::vector<asio::awaitable<void>> changes;
    for (auto* const pipe : {&out_, &err_})
        if (pipe->reader.is_open()) changes.push_back(readable(pipe->reader));
    if (exit_.is_open()) changes.push_back(exit_.wait());
    if (in_ && in_->is_open()) changes.push_back(in_->can_go_on());
    bool const looks_for_group = stopped_at_ && !exit_.is_open();
    if (looks_for_group || changes.empty()) changes.push_back(coro::sleep_for(pause_));
    co_await coro::wait_any(std::move(changes));
    if (!looks_for_group) co_return;
    pause_ = std::min(pause_ * 2, 50ms);
}

asio::awaitable<void> exec_command::ask() {
    asked_ = true;
    co_return;
}

command_end exec_command::end_so_far() const {
    return {child_->record().status, child_->record().signal, false};
}

asio::awaitable<void> exec_command::stop(stop_signal signal) {
    if (signal == stop_signal::term && stopped_at_) co_return;  // all of the group has had it
    child_->signal(signal == stop_signal::kill ? SIGKILL : SIGTERM);
    start_told_ = true;
    stopped_at_ = process::groups::clock::now();
    pause_ = 1ms;
    co_return;
}

}  // namespace muster::local
