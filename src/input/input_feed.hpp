// SPDX-License-Identifier: MIT
// One host's place in the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include <muster/coro/remote_event.hpp>
#include <muster/input.hpp>

namespace muster {

/// Used on one loop. Never blocks it, and keeps no bytes but those that came from a slow disk.
class input_feed {
  public:
    /// No input: it has ended from the start.
    input_feed(asio::any_io_executor const& loop, std::shared_ptr<command_input> from);
    ~input_feed();
    input_feed(input_feed const&) = delete;
    input_feed& operator=(input_feed const&) = delete;

    /// The next bytes, as far as they are at hand: in `room`, or the feed's own; valid until the next call. Empty: none
    /// for now (see changed), or the end (see ended).
    std::string_view next(std::span<char> room);
    /// So many of them are on their way; what follows them comes next.
    void took(std::size_t count);
    /// All has been taken.
    bool ended() const noexcept { return ended_; }
    /// No command wants the rest.
    void drop();

    /// Set when next(), having had nothing, may have something.
    coro::remote_event& changed() noexcept { return changed_; }

  private:
    struct disk_read;
    std::string_view from_disk();
    void read_from_disk();

    std::shared_ptr<command_input> from_;
    std::uint64_t offset_ = 0;
    bool ended_ = false;
    coro::remote_event changed_;
    std::shared_ptr<disk_read> reading_;
    std::string kept_;  // what came from the disk, and is the next
    std::size_t kept_taken_ = 0;
};

}  // namespace muster
