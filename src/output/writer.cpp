// SPDX-License-Identifier: MIT
// The one thread of the program that writes.
#include "output/writer.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "output/descriptor.hpp"

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;
constexpr auto sync_delay = std::chrono::milliseconds(200);
constexpr auto reader_pause = std::chrono::milliseconds(300);  // what reads our pipe may write to the same terminal

/// Starts a thread that takes no signals from the one that waits for them; EPIPE comes as an error, not as SIGPIPE.
template <class Body>
std::thread start_quiet_thread(Body body) {
    sigset_t quiet, before;
    ::sigfillset(&quiet);
    for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTTOU}) ::sigdelset(&quiet, fault);
    ::pthread_sigmask(SIG_SETMASK, &quiet, &before);
    try {
        std::thread started(std::move(body));
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return started;
    } catch (...) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
}

}  // namespace

struct writer::target_state {
    int descriptor;
    std::string name;
    ownership whose;
    bool is_pipe;
    std::optional<int> failure;
    bool dirty = false;
};

struct writer::shared_state {
    struct segment {
        target to;
        std::size_t size;  // of its share of `bytes`
        source pieces;     // instead of bytes
    };

    /// What is written in one go. Two of these change places for ever, so no memory is allocated while they fit.
    struct batch {
        std::string bytes;
        std::vector<segment> segments;
        std::size_t held = 0;  // by sources

        std::size_t weight() const noexcept { return bytes.size() + held; }

        void clear() noexcept {
            bytes.clear();
            segments.clear();
            held = 0;
        }
    };

    explicit shared_state(std::size_t limit) : capacity(limit) {}

    void serve();
    bool wait_for_work(std::unique_lock<std::mutex>& lock);
    void write_out(batch const& work);
    bool begin_segment();
    void append_unbegun(std::string& text, batch const& work, std::size_t first, target of) const;
    int write_segment(segment const& one, std::string_view bytes);
    void write_or_fail(segment const& one, std::string_view bytes);
    bool take_into_frame(segment const& one, std::string_view bytes);
    void flush_frame(bool draw);
    void remind_if_due();
    steady::time_point next_batch() const;
    void sync_due();
    void fail(target to, write_error why) noexcept;
    void notify_room();
    void appended(std::unique_lock<std::mutex> lock);

    std::size_t const capacity;
    mutable std::mutex mutex;
    std::condition_variable wake;  // for the thread: work, or the end
    std::condition_variable idle;  // for `drained`

    pinned_block pinned;      // the thread's own, as are the next two
    std::string frame;        // output for the terminal of the pinned lines
    target framed = nullptr;  // where that goes

    // All below under the mutex, but what never changes of a target.
    std::deque<target_state> targets;
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
        steady::time_point due = steady::time_point::max();
        std::chrono::nanoseconds period{};
    } reminder;
    struct {
        std::vector<write_error> errors;
        std::size_t thrown = 0;  // so many of them
    } failures;
    steady::time_point sync_at = steady::time_point::max();
    bool told_full = false;
    bool sleeping = false;
    bool busy = false;
    bool closing = false;
    bool abandoned = false;
    bool hurried = false;  // somebody waits in `drained`
};

void writer::shared_state::serve() {
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
        idle.notify_all();
    }
    if (!abandoned) pinned.erase({});
}

/// While lines are pinned output waits for the next frame, unless there is much of it.
steady::time_point writer::shared_state::next_batch() const {
    if (waiting.segments.empty()) return steady::time_point::max();
    bool const at_once = new_pin || closing || hurried || 2 * waiting.weight() >= capacity;
    return at_once ? steady::time_point::min() : pinned.next_frame();
}

/// False: the end.
bool writer::shared_state::wait_for_work(std::unique_lock<std::mutex>& lock) {
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

void writer::shared_state::write_out(batch const& work) {
    std::string_view bytes = work.bytes;
    for (auto const& one : work.segments) {
        if (!begin_segment()) return;
        auto const mine = bytes.substr(0, one.size);
        bytes.remove_prefix(one.size);
        if (one.to->failure) continue;  // only this thread sets it
        if (!take_into_frame(one, mine)) write_or_fail(one, mine);
    }
    flush_frame(true);
}

void writer::shared_state::write_or_fail(segment const& one, std::string_view bytes) {
    flush_frame(false);
    if (one.to->is_pipe) pinned.erase(reader_pause);
    try {
        if (int const code = write_segment(one, bytes)) fail(one.to, write_error(one.to->name, code));
    } catch (write_error const& why) {
        fail(one.to, why);
    } catch (std::exception const&) {
        fail(one.to, write_error(one.to->name, ENOMEM));
    }
}

/// Output that would stand where the pinned lines are is written together with them.
bool writer::shared_state::take_into_frame(segment const& one, std::string_view bytes) {
    if (one.pieces || one.to->descriptor < 0 || !pinned.is_at(one.to->descriptor)) return false;
    if (framed == nullptr) pinned.append_begin(frame);
    framed = one.to;
    frame += bytes;
    return true;
}

void writer::shared_state::flush_frame(bool draw) {
    auto* const to = std::exchange(framed, nullptr);
    if (to == nullptr) return;
    bool const ended_a_line = frame.ends_with('\n');
    pinned.append_end(frame, ended_a_line && draw);
    if (int const code = write_all(to->descriptor, frame)) fail(to, write_error(to->name, code));
    frame.clear();
}

void writer::shared_state::remind_if_due() {
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
    if (int const code = write_all(to->descriptor, text)) fail(to, write_error(to->name, code));
}

/// False: the rest is not for this thread any more.
bool writer::shared_state::begin_segment() {
    std::lock_guard const lock(mutex);
    if (!abandoned) ++begun;
    return !abandoned;
}

void writer::shared_state::append_unbegun(std::string& text, batch const& work, std::size_t first, target of) const {
    std::string_view bytes = work.bytes;
    for (std::size_t i = 0; i < work.segments.size(); ++i) {
        auto const& one = work.segments[i];
        if (i >= first && one.to == of) text += bytes.substr(0, one.size);
        bytes.remove_prefix(one.size);
    }
}

int writer::shared_state::write_segment(segment const& one, std::string_view bytes) {
    if (!one.pieces) return write_all(one.to->descriptor, bytes);
    for (auto piece = one.pieces(); !piece.empty(); piece = one.pieces()) {
        if (int const code = write_all(one.to->descriptor, piece)) return code;
    }
    return 0;
}

void writer::shared_state::sync_due() {
    std::vector<target> dirty;
    {
        std::lock_guard const lock(mutex);
        sync_at = steady::time_point::max();
        for (auto& one : targets) {
            if (std::exchange(one.dirty, false)) dirty.push_back(&one);
        }
    }
    for (auto* one : dirty) {
        if (int const code = put_on_disk(one->descriptor)) fail(one, write_error(one->name, code));
    }
}

void writer::shared_state::fail(target to, write_error why) noexcept {
    std::function<void()> call;
    {
        std::lock_guard const lock(mutex);
        to->failure = why.code();
        failures.errors.push_back(std::move(why));
        call = failed;
    }
    if (call) call();
}

void writer::shared_state::notify_room() {
    std::function<void()> call;
    {
        std::lock_guard const lock(mutex);
        if (!std::exchange(told_full, false)) return;
        call = resume;
    }
    if (call) call();
}

/// Unlocks, and wakes the thread if it sleeps.
void writer::shared_state::appended(std::unique_lock<std::mutex> lock) {
    if (abandoned) waiting.clear();
    bool const asleep = sleeping;
    lock.unlock();
    if (asleep) wake.notify_one();
}

writer::writer(std::size_t capacity) : state_(std::make_shared<shared_state>(capacity)) {
    thread_ = start_quiet_thread([state = state_] { state->serve(); });
}

writer::~writer() {
    try {
        close();
    } catch (...) {  // close() before, to hear of it
    }
}

writer::target writer::add(int descriptor, std::string name, ownership whose) {
    std::lock_guard const lock(state_->mutex);
    return &state_->targets.emplace_back(
        target_state{descriptor, std::move(name), whose, is_pipe(descriptor), {}, false});
}

void writer::write(target to, std::string_view bytes) {
    if (bytes.empty()) return;  // most events: the thread sleeps on
    std::unique_lock lock(state_->mutex);
    auto& [buffer, segments, held] = state_->waiting;
    if (segments.empty() || segments.back().to != to || segments.back().pieces) segments.push_back({to, 0, {}});
    segments.back().size += bytes.size();
    buffer += bytes;
    state_->appended(std::move(lock));
}

void writer::write(target to, source pieces, std::size_t held) {
    std::unique_lock lock(state_->mutex);
    state_->waiting.segments.push_back({to, 0, std::move(pieces)});
    state_->waiting.held += held;
    state_->appended(std::move(lock));
}

void writer::finish(target of) {
    auto close = [of]() -> std::string_view {
        int const code = close_checked(std::exchange(of->descriptor, -1), of->whose == ownership::owned);
        if (code != 0) throw write_error(of->name, code);
        return {};
    };
    write(of, std::move(close), 0);
}

flow writer::answer() {
    std::lock_guard const lock(state_->mutex);
    auto& [errors, thrown] = state_->failures;
    if (thrown < errors.size()) throw write_error(errors[thrown++]);
    if (state_->waiting.weight() >= state_->capacity) state_->told_full = true;
    return state_->told_full ? flow::full : flow::go_on;
}

void writer::sync(target to) {
    std::unique_lock lock(state_->mutex);
    to->dirty = true;
    if (state_->sync_at != steady::time_point::max()) return;
    state_->sync_at = steady::now() + sync_delay;
    state_->appended(std::move(lock));
}

void writer::on_room(std::function<void()> resume) {
    std::lock_guard const lock(state_->mutex);
    state_->resume = std::move(resume);
}

void writer::on_failure(std::function<void()> call) {
    std::lock_guard const lock(state_->mutex);
    state_->failed = std::move(call);
}

void writer::pin(target terminal, pinned_block::composer compose) {
    std::unique_lock lock(state_->mutex);
    state_->new_pin = {terminal, std::move(compose)};
    state_->appended(std::move(lock));
}

void writer::remind(target to, std::function<std::string()> compose, std::chrono::nanoseconds pause,
                    std::chrono::nanoseconds period) {
    std::unique_lock lock(state_->mutex);
    auto const due = compose ? steady::now() + pause : steady::time_point::max();
    state_->reminder = {to, std::move(compose), due, period};
    state_->appended(std::move(lock));
}

std::optional<int> writer::failure(target of) const {
    std::lock_guard const lock(state_->mutex);
    return of->failure;
}

bool writer::drained(std::chrono::nanoseconds limit) {
    std::unique_lock lock(state_->mutex);
    state_->hurried = true;
    state_->wake.notify_one();
    bool const done = state_->idle.wait_for(lock, limit, [this] {
        return state_->abandoned || (!state_->busy && state_->waiting.segments.empty() && !state_->new_pin);
    });
    state_->hurried = false;
    return done;
}

void writer::close() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard const lock(state_->mutex);
        state_->closing = true;
        state_->wake.notify_one();
    }
    thread_.join();
    state_->resume = nullptr;
    state_->failed = nullptr;
    for (auto& one : state_->targets) {
        int const code = close_checked(one.descriptor, one.whose == ownership::owned);
        if (code != 0 && !one.failure) state_->fail(&one, write_error(one.name, code));
    }
    auto const& errors = state_->failures.errors;
    if (!errors.empty()) throw write_error(errors.front());
}

std::string writer::abandon(target of) {
    std::string unbegun;
    if (!thread_.joinable()) return unbegun;
    {
        std::lock_guard const lock(state_->mutex);
        state_->append_unbegun(unbegun, state_->taken, state_->begun, of);
        state_->append_unbegun(unbegun, state_->waiting, 0, of);
        state_->abandoned = true;
        state_->resume = nullptr;
        state_->failed = nullptr;
        state_->wake.notify_one();
    }
    thread_.detach();
    return unbegun;
}

}  // namespace muster::output
