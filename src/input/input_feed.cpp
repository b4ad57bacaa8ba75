// SPDX-License-Identifier: MIT
// Reads from the shared input at this host's place.
#include "input/input_feed.hpp"

#include <mutex>
#include <optional>
#include <utility>

namespace muster {

namespace {

constexpr std::size_t disk_piece = std::size_t{64} * 1024;

}  // namespace

/// Shared with the thread that reads.
struct input_feed::disk_read {
    std::mutex mutex;
    std::optional<std::string> bytes;
};

input_feed::input_feed(asio::any_io_executor const& loop, std::shared_ptr<command_input> from)
    : from_(std::move(from)), ended_(from_ == nullptr), changed_(loop) {}

input_feed::~input_feed() {
    drop();
}

void input_feed::drop() {
    if (from_) from_->forget(this);
    from_.reset();
    reading_.reset();
    kept_.clear();
    kept_taken_ = 0;
    ended_ = true;
}

std::string_view input_feed::next(std::span<char> room) {
    if (ended_) return {};
    if (kept_taken_ < kept_.size()) return std::string_view(kept_).substr(kept_taken_);
    if (reading_) return from_disk();
    changed_.reset();
    auto found = from_->try_read(offset_, room);
    if (found.what == command_input::look::would_block) {
        from_->on_change(this, changed_.setter());
        found = from_->try_read(offset_, room);  // what came before we were known
    }
    if (found.what == command_input::look::bytes) return {room.data(), found.size};
    if (found.what == command_input::look::end) drop();
    if (found.what == command_input::look::on_disk) read_from_disk();
    return {};
}

void input_feed::read_from_disk() {
    reading_ = std::make_shared<disk_read>();
    from_->async_read(offset_, disk_piece, [slot = reading_, wake = changed_.setter()](std::string bytes) {
        {
            std::lock_guard const lock(slot->mutex);
            slot->bytes = std::move(bytes);
        }
        wake();
    });
}

std::string_view input_feed::from_disk() {
    changed_.reset();
    std::optional<std::string> bytes;
    {
        std::lock_guard const lock(reading_->mutex);
        bytes.swap(reading_->bytes);
    }
    if (!bytes) return {};
    reading_.reset();
    kept_ = std::move(*bytes);
    kept_taken_ = 0;
    if (kept_.empty() && from_->failure().empty()) drop();
    return kept_;
}

void input_feed::took(std::size_t count) {
    offset_ += count;
    if (from_) from_->read_to(offset_);
    if (kept_.empty()) return;
    kept_taken_ += count;
    if (kept_taken_ < kept_.size()) return;
    std::string().swap(kept_);
    kept_taken_ = 0;
}

}  // namespace muster
