// SPDX-License-Identifier: MIT
// The one thread of the program that writes: bytes for several descriptors, in the order they were given.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <muster/error.hpp>
#include <muster/sink.hpp>

#include "output/terminal/pinned_block.hpp"

namespace muster::output {

struct write_target;
struct writer_state;

/// Takes bytes without ever blocking and writes them with blocking calls on a thread of its own; the mode of an
/// inherited descriptor, which other programs share, is never changed. All members are for one thread, the loop's.
///
/// The first error of a target ends its output: it is thrown once, by the next call of `answer`, and again by `close`;
/// what else is given for that target is dropped.
class writer {
  public:
    using target = write_target*;

    /// Called on the writer's thread until it returns nothing; the view is good until the next call. May throw
    /// write_error, which then is the error of the target.
    using source = std::function<std::string_view()>;

    enum class ownership { borrowed, owned };

    /// What is not awaited is written together with what comes next, or when half the room is taken: the thread need
    /// not wake up for each piece.
    enum class urgency { at_once, with_the_next };

    /// `capacity`: bytes that may wait before the writer is full, of those for a terminal a sixteenth. Twice as much
    /// may be in memory.
    explicit writer(std::size_t capacity = std::size_t{1} << 20);
    /// Like close, but errors are dropped.
    ~writer();
    writer(writer const&) = delete;
    writer& operator=(writer const&) = delete;

    /// A descriptor to write to; `name` stands in errors. Good as long as the writer.
    target add(int descriptor, std::string name, ownership whose = ownership::borrowed);

    /// Appends to what is to be written. The bytes are taken in any case.
    void write(target to, std::string_view bytes);
    /// Likewise what `pieces` will yield; `held` is how much memory it keeps until then.
    void write(target to, source pieces, std::size_t held, urgency when = urgency::at_once);

    /// Closes an owned target when all that was given for it is written; a close that fails counts as a write that
    /// failed.
    void finish(target of);

    /// What a sink's `tell` answers after it wrote. Throws an error that was not thrown yet.
    flow answer();

    /// Has the target's file put on disk (fsync) soon; calls within 200 ms share one.
    void sync(target to);

    /// What to call, on the writer's thread, when there is room again after `full`: something was written or, after an
    /// error, dropped.
    void on_room(std::function<void()> resume);

    /// What to call, on the writer's thread and before `close` returns, when a target failed: nobody may be about to
    /// call `answer`.
    void on_failure(std::function<void()> call);

    /// Keeps lines at the end of a terminal, such as progress: below all output, drawn at most ten times a second, in
    /// one write with the output. `compose` is called on the writer's thread; null ends it, as does `close`.
    void pin(target terminal, pinned_block::composer compose);

    /// Writes what `compose` answers, first after `pause`, then every `period`, where no block can be pinned. It is
    /// called on the writer's thread; null ends it, as does `close`.
    void remind(target to, std::function<std::string()> compose,
                std::chrono::nanoseconds pause = std::chrono::seconds(30),
                std::chrono::nanoseconds period = std::chrono::minutes(1));

    /// The errno that ended this target's output.
    std::optional<int> failure(target of) const;

    /// The name of the target that the thread has been writing to for at least `patience`: its reader does not read.
    std::optional<std::string> slow_target(std::chrono::nanoseconds patience) const;

    /// Waits until everything is written or dropped and a change of the pinned lines is done; false when `limit` passed
    /// first.
    bool drained(std::chrono::nanoseconds limit);

    /// Writes all that waits, ends the thread and closes; a close that fails counts as a write that failed. Throws the
    /// first error there was. Blocks as long as a reader does.
    void close();

    /// Gives up: what was not written yet is lost, and a thread that is stuck in a write is left behind until the
    /// program exits. Everything after this does nothing. Returns the bytes for the target `of` that were not begun.
    std::string abandon(target of);

  private:
    std::shared_ptr<writer_state> state_;  // shared: an abandoned thread may outlive the writer
    std::thread thread_;
};

/// Yields what `reader->next()` answers until that is nothing; then the reader is released, however long the source is
/// kept.
template <class Reader>
writer::source pieces_of(std::shared_ptr<Reader> reader) {
    return [reader = std::move(reader)]() mutable -> std::string_view {
        if (!reader) return {};
        auto const piece = reader->next();
        if (piece.empty()) reader.reset();
        return piece;
    };
}

}  // namespace muster::output
