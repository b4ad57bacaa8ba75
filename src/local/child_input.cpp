// SPDX-License-Identifier: MIT
// Writes the input into the child's pipe, a few pieces at a time.
#include "local/child_input.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include <asio/use_awaitable.hpp>

#include "process/pipe.hpp"

namespace muster::local {

namespace {

/// Pieces in one go: the loop has others to look after.
constexpr int most_pieces = 8;

}  // namespace

child_input::child_input(asio::any_io_executor const& loop, std::shared_ptr<command_input> from)
    : feed_(loop, std::move(from)), writer_(loop) {
    auto ends = process::open_pipe();
    process::make_non_blocking(ends.writer);
    reader_ = std::move(ends.reader);
    writer_ = process::adopt(loop, std::move(ends.writer));
}

void child_input::write(std::span<char> room) {
    for (int piece = 0; piece < most_pieces && is_open(); ++piece)
        if (!write_some(room)) return;
}

/// False: no more for now.
bool child_input::write_some(std::span<char> room) {
    auto const bytes = feed_.next(room);
    starved_ = bytes.empty();
    if (bytes.empty()) {
        if (feed_.ended()) writer_.close();
        return false;
    }
    auto const written = process::write_quietly(writer_.native_handle(), bytes);
    if (written >= 0) {
        feed_.took(static_cast<std::size_t>(written));
        return true;
    }
    if (errno == EINTR) return true;
    if (errno != EAGAIN) {
        feed_.drop();
        writer_.close();
    }
    return false;
}

asio::awaitable<void> child_input::can_go_on() {
    if (starved_) return feed_.changed().wait();
    return writer_.async_wait(asio::posix::descriptor_base::wait_write, asio::use_awaitable);
}

}  // namespace muster::local
