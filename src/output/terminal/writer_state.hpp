// SPDX-License-Identifier: MIT
// What the writer and its thread share, and what the thread does.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <muster/error.hpp>

#include "output/terminal/pinned_block.hpp"

namespace muster::output {

/// A descriptor to write to.
struct write_target {
    int descriptor;
    std::string name;
    bool owned;
    bool is_pipe;
    bool is_terminal;
    std::optional<int> failure;
    bool dirty = false;
};

/// What goes to and fro between the loop and the thread that writes.
struct writer_state {
    using target = write_target*;
    using source = std::function<std::string_view()>;

    struct segment {
        target to;
        std::size_t size;  // of its share of `bytes`
        source pieces;     // instead of bytes
    };

    /// What is written in one go. Two of these change places for ever, so no memory is allocated while they fit.
    struct batch {
        std::string bytes;
        std::vector<segment> segments;
        std::size_t held = 0;       // by sources
        std::size_t slow = 0;       // bytes for terminals
        std::size_t unhurried = 0;  // segments that may wait for others

        /// A terminal may take less than a MB a second, and what is said of a stop stands behind what waits for it.
        std::size_t weight() const noexcept { return bytes.size() + held + 15 * slow; }

        void clear() noexcept {
            bytes.clear();
            segments.clear();
            held = slow = unhurried = 0;
        }

        bool can_wait() const noexcept { return unhurried == segments.size(); }
    };

    explicit writer_state(std::size_t limit) : capacity(limit) {}

    void serve();
    bool wait_for_work(std::unique_lock<std::mutex>& lock);
    void write_out(batch const& batch);
    bool begin_segment(target to);
    void note_progress(target to);
    void append_unbegun(std::string& text, batch const& batch, std::size_t first, target of) const;
    int write_segment(segment const& segment, std::string_view bytes);
    int write_in_pieces(target to, std::string_view bytes);
    void write_or_fail(segment const& segment, std::string_view bytes);
    void take_into_frame(segment const& segment, std::string_view bytes);
    void append_to_frame(target to, std::string_view bytes);
    /// What becomes of the pinned lines when a frame is written.
    enum class block { stays, goes };
    void flush_frame(block what);
    std::string_view break_before(target to);
    void note_last(target to, std::string_view bytes);
    void remind_if_due();
    bool is_pressing() const;
    std::chrono::steady_clock::time_point next_batch() const;
    void sync_due();
    void fail(target to, write_error why) noexcept;
    void notify_room();
    void appended(std::unique_lock<std::mutex> lock);

    std::size_t const capacity;
    mutable std::mutex mutex;
    std::condition_variable wake;  // for the thread: work, or the end
    std::condition_variable idle;  // for `drained`

    pinned_block pinned;           // the thread's own, as are the next three
    std::string frame;             // output for the terminal of the pinned lines
    target framed = nullptr;       // where that goes
    target inside_line = nullptr;  // the target whose line on a terminal has no end yet

    // All below under the mutex, but what never changes of a target.
    std::deque<write_target> targets;
    batch waiting;
    batch taken;            // while busy, the thread reads it without the mutex
    std::size_t begun = 0;  // segments of it
    std::function<void()> resume;
    std::function<void()> failed;
    struct pin_change {
        target terminal;
        pinned_block::composer compose;
    };
    std::optional<pin_change> new_pin;
    struct {
        target to = nullptr;
        std::function<std::string()> compose;
        std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
        std::chrono::nanoseconds period{};
    } reminder;
    struct {
        std::vector<write_error> errors;
        std::size_t thrown = 0;  // so many of them
    } failures;
    std::chrono::steady_clock::time_point sync_at = std::chrono::steady_clock::time_point::max();
    struct {
        target to = nullptr;
        std::chrono::steady_clock::time_point since;
    } current;  // what the thread writes to, and since when
    bool told_full = false;
    bool sleeping = false;
    bool busy = false;
    bool closing = false;
    bool abandoned = false;
    bool hurried = false;  // a caller waits in `drained`
};

}  // namespace muster::output
