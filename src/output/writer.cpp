// SPDX-License-Identifier: MIT
// The one thread of the program that writes.
#include "output/writer.hpp"

#include <fcntl.h>
#include <poll.h>
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

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;
constexpr auto sync_delay = std::chrono::milliseconds(200);

/// Blocks until all is written; answers 0 or an errno.
int write_all(int descriptor, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        auto const done = ::write(descriptor, bytes.data(), bytes.size());
        if (done >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(done));
        } else if (errno == EAGAIN) {  // somebody who shares the descriptor made it non-blocking
            pollfd ready{descriptor, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/// fsync where it makes sense: pipes and terminals answer EINVAL.
int put_on_disk(int descriptor) noexcept {
    return ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
}

/// Closes, or for a borrowed descriptor has a copy closed, which reports late errors just as well (close(2)).
int close_checked(int descriptor, writer::ownership whose) noexcept {
    if (descriptor < 0) return 0;  // finished
    int const last = whose == writer::ownership::owned ? descriptor : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (last < 0) return 0;
    return ::close(last) == 0 || errno == EINTR ? 0 : errno;
}

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
    bool terminal;
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
    void sync_due();
    void fail(target to, write_error why) noexcept;
    void notify_room();
    void appended(std::unique_lock<std::mutex> lock);

    std::size_t const capacity;
    mutable std::mutex mutex;
    std::condition_variable wake;  // for the thread: work, or the end
    std::condition_variable idle;  // for `drained`

    status_line status;  // the thread's own

    // All below under the mutex, but what never changes of a target.
    std::deque<target_state> targets;
    batch waiting;
    batch taken;            // while busy, the thread reads it without the mutex
    std::size_t begun = 0;  // segments of it
    std::function<void()> resume;
    std::function<void()> failed;
    struct status_change {
        target terminal;
        status_line::composer compose;
    };
    std::optional<status_change> new_status;
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
};

void writer::shared_state::serve() {
    std::unique_lock lock(mutex);
    while (wait_for_work(lock)) {
        std::swap(taken, waiting);
        begun = 0;
        auto const change = std::exchange(new_status, std::nullopt);
        bool const due = closing || steady::now() >= sync_at;
        busy = true;
        lock.unlock();
        notify_room();
        write_out(taken);
        if (change) status.change(change->terminal->descriptor, change->compose);
        status.draw_if_due();
        if (due) sync_due();
        lock.lock();
        taken.clear();
        busy = false;
        idle.notify_all();
    }
    if (!abandoned) status.erase();
}

/// False: the end.
bool writer::shared_state::wait_for_work(std::unique_lock<std::mutex>& lock) {
    for (;;) {
        if (abandoned) return false;
        if (!waiting.segments.empty() || new_status) return true;
        if (closing) return sync_at != steady::time_point::max();
        auto const next = std::min(sync_at, status.due());
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
        if (one.to->terminal) status.erase();
        try {
            if (int const code = write_segment(one, mine)) fail(one.to, write_error(one.to->name, code));
        } catch (write_error const& why) {
            fail(one.to, why);
        } catch (std::exception const&) {
            fail(one.to, write_error(one.to->name, ENOMEM));
        }
    }
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
        target_state{descriptor, std::move(name), whose, ::isatty(descriptor) == 1, {}, false});
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
        int const code = close_checked(std::exchange(of->descriptor, -1), of->whose);
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

void writer::status(target terminal, status_line::composer compose) {
    std::unique_lock lock(state_->mutex);
    state_->new_status = {terminal, std::move(compose)};
    state_->appended(std::move(lock));
}

std::optional<int> writer::failure(target of) const {
    std::lock_guard const lock(state_->mutex);
    return of->failure;
}

bool writer::drained(std::chrono::nanoseconds limit) {
    std::unique_lock lock(state_->mutex);
    return state_->idle.wait_for(lock, limit, [this] {
        return state_->abandoned || (!state_->busy && state_->waiting.segments.empty() && !state_->new_status);
    });
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
        int const code = close_checked(one.descriptor, one.whose);
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
