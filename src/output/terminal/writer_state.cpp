// SPDX-License-Identifier: MIT
// The thread's side: takes what waits, and writes it in the order it was given.
#include "output/terminal/writer_state.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "files/descriptor.hpp"

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;
bool are_one_terminal(int a, int b) noexcept {
    struct stat of_a {
    }, of_b{};
    return ::fstat(a, &of_a) == 0 && ::fstat(b, &of_b) == 0 && of_a.st_rdev == of_b.st_rdev;
}

constexpr auto reader_pause = std::chrono::milliseconds(300);  // what reads our pipe may write to the same terminal
constexpr std::size_t piece_for_terminal = 8 * std::size_t{1024};
constexpr std::size_t piece_for_others = 64 * std::size_t{1024};
constexpr std::size_t largest_frame = 64 * std::size_t{1024};  // of output that is handed over in pieces

}  // namespace

void writer_state::serve() {
    std::unique_lock lock(mutex);
    while (wait_for_work(lock)) {
        std::swap(taken, waiting);
        begun = 0;
        auto const change = std::exchange(new_pin, std::nullopt);
        bool const due = closing || steady::now() >= sync_at;
        busy = true;
        lock.unlock();
        notify_room();
        write_out(taken);
        if (change) pinned.change(change->terminal->descriptor, change->compose);
        pinned.draw_if_due();
        remind_if_due();
        if (due) sync_due();
        lock.lock();
        taken.clear();
        busy = false;
        current = {};
        idle.notify_all();
    }
    if (!abandoned) pinned.erase({});
}

bool writer_state::is_pressing() const {
    return new_pin || closing || hurried || 2 * waiting.weight() >= capacity;
}

/// While lines are pinned output waits for the next frame, unless there is much of it.
steady::time_point writer_state::next_batch() const {
    if (is_pressing() && !waiting.segments.empty()) return steady::time_point::min();
    return waiting.can_wait() ? steady::time_point::max() : pinned.next_frame();
}

/// False: the end.
bool writer_state::wait_for_work(std::unique_lock<std::mutex>& lock) {
    for (;;) {
        if (abandoned) return false;
        if (new_pin) return true;
        if (closing && waiting.segments.empty()) return sync_at != steady::time_point::max();
        auto const next = std::min({sync_at, pinned.due(), reminder.due, next_batch()});
        if (steady::now() >= next) return true;
        sleeping = true;
        if (next == steady::time_point::max()) {
            wake.wait(lock);
        } else {
            wake.wait_until(lock, next);
        }
        sleeping = false;
    }
}

void writer_state::write_out(batch const& batch) {
    std::string_view bytes = batch.bytes;
    for (auto const& segment : batch.segments) {
        if (!begin_segment(segment.to)) return;
        auto const mine = bytes.substr(0, segment.size);
        bytes.remove_prefix(segment.size);
        if (segment.to->failure) continue;  // only this thread sets it
        write_or_fail(segment, mine);
    }
    flush_frame(block::stays);
}

/// Output that would stand where the pinned lines are is written together with them.
void writer_state::write_or_fail(segment const& segment, std::string_view bytes) {
    try {
        if (segment.to->descriptor >= 0 && pinned.is_at(segment.to->descriptor)) {
            take_into_frame(segment, bytes);
            return;
        }
        flush_frame(block::goes);
        if (segment.to->is_pipe) pinned.erase(reader_pause);
        if (int const code = write_segment(segment, bytes)) fail(segment.to, write_error(segment.to->name, code));
    } catch (write_error const& why) {
        fail(segment.to, why);
    } catch (std::exception const&) {
        fail(segment.to, write_error(segment.to->name, ENOMEM));
    }
}

/// What is said of a run on the terminal of its output begins in a row of its own.
std::string_view writer_state::break_before(target to) {
    bool const breaks = inside_line != nullptr && inside_line != to && to->is_terminal &&
                        are_one_terminal(inside_line->descriptor, to->descriptor);
    if (breaks) inside_line = nullptr;
    return breaks ? "\n" : "";
}

void writer_state::note_last(target to, std::string_view bytes) {
    if (!to->is_terminal || bytes.empty()) return;
    if (!bytes.ends_with('\n')) {
        inside_line = to;
    } else if (inside_line == to) {
        inside_line = nullptr;
    }
}

void writer_state::take_into_frame(segment const& segment, std::string_view bytes) {
    append_to_frame(segment.to, bytes);
    if (!segment.pieces) return;
    for (auto piece = segment.pieces(); !piece.empty() && !segment.to->failure; piece = segment.pieces()) {
        append_to_frame(segment.to, piece);
        if (frame.size() >= largest_frame) flush_frame(block::stays);
        note_progress(segment.to);
    }
}

void writer_state::append_to_frame(target to, std::string_view bytes) {
    if (bytes.empty()) return;
    if (framed == nullptr) pinned.append_begin(frame);
    framed = to;
    (frame += break_before(to)) += bytes;
    note_last(to, bytes);
}

void writer_state::flush_frame(block what) {
    auto* const to = std::exchange(framed, nullptr);
    if (to == nullptr) return;
    pinned.append_end(frame, frame.ends_with('\n'), what == block::stays);
    if (int const code = write_in_pieces(to, frame)) fail(to, write_error(to->name, code));
    frame.clear();
}

/// One call may take seconds where the reader is slow: who waits is to see that it reads.
int writer_state::write_in_pieces(target to, std::string_view bytes) {
    auto const most = to->is_terminal ? piece_for_terminal : piece_for_others;
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, most);
        if (int const code = files::write_all(to->descriptor, piece)) return code;
        bytes.remove_prefix(piece.size());
        note_progress(to);
    }
    return 0;
}

void writer_state::remind_if_due() {
    std::function<std::string()> compose;
    target to = nullptr;
    {
        std::lock_guard const lock(mutex);
        if (steady::now() < reminder.due) return;
        reminder.due = steady::now() + reminder.period;
        compose = reminder.compose;
        to = reminder.to;
    }
    auto const text = compose();
    if (to->failure) return;
    if (int const code = files::write_all(to->descriptor, text)) fail(to, write_error(to->name, code));
}

/// False: the rest is not for this thread any more.
bool writer_state::begin_segment(target to) {
    note_progress(to);
    std::lock_guard const lock(mutex);
    if (!abandoned) ++begun;
    return !abandoned;
}

void writer_state::note_progress(target to) {
    std::lock_guard const lock(mutex);
    current = {to, steady::now()};
}

void writer_state::append_unbegun(std::string& text, batch const& batch, std::size_t first, target of) const {
    std::string_view bytes = batch.bytes;
    for (std::size_t i = 0; i < batch.segments.size(); ++i) {
        auto const& segment = batch.segments[i];
        if (i >= first && segment.to == of) text += bytes.substr(0, segment.size);
        bytes.remove_prefix(segment.size);
    }
}

int writer_state::write_segment(segment const& segment, std::string_view bytes) {
    if (int const code = files::write_all(segment.to->descriptor, break_before(segment.to))) return code;
    note_last(segment.to, bytes);
    if (!segment.pieces) return write_in_pieces(segment.to, bytes);
    for (auto piece = segment.pieces(); !piece.empty(); piece = segment.pieces()) {
        note_last(segment.to, piece);
        if (int const code = write_in_pieces(segment.to, piece)) return code;
    }
    return 0;
}

void writer_state::sync_due() {
    std::vector<target> dirty;
    {
        std::lock_guard const lock(mutex);
        sync_at = steady::time_point::max();
        for (auto& target : targets) {
            if (std::exchange(target.dirty, false)) dirty.push_back(&target);
        }
    }
    for (auto* target : dirty) {
        if (int const code = files::put_on_disk(target->descriptor)) fail(target, write_error(target->name, code));
    }
}

void writer_state::fail(target to, write_error why) noexcept {
    std::function<void()> call;
    {
        std::lock_guard const lock(mutex);
        to->failure = why.code();
        failures.errors.push_back(std::move(why));
        call = failed;
    }
    if (call) call();
}

void writer_state::notify_room() {
    std::function<void()> call;
    {
        std::lock_guard const lock(mutex);
        if (!std::exchange(told_full, false)) return;
        call = resume;
    }
    if (call) call();
}

/// Unlocks, and wakes the thread if it sleeps.
void writer_state::appended(std::unique_lock<std::mutex> lock) {
    if (abandoned) waiting.clear();
    bool const asleep = sleeping;
    lock.unlock();
    if (asleep) wake.notify_one();
}

}  // namespace muster::output
