// SPDX-License-Identifier: MIT
// The loop's side: hands bytes and orders to the thread, and hears of its errors.
#include "output/terminal/writer.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "files/descriptor.hpp"
#include "output/terminal/writer_state.hpp"

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;
constexpr auto sync_delay = std::chrono::milliseconds(200);

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

writer::writer(std::size_t capacity) : state_(std::make_shared<writer_state>(capacity)) {
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
    return &state_->targets.emplace_back(write_target{descriptor,
                                                      std::move(name),
                                                      whose == ownership::owned,
                                                      files::is_pipe(descriptor),
                                                      ::isatty(descriptor) == 1,
                                                      {},
                                                      false});
}

void writer::write(target to, std::string_view bytes) {
    if (bytes.empty()) return;  // most events: the thread sleeps on
    std::unique_lock lock(state_->mutex);
    auto& waiting = state_->waiting;
    auto& segments = waiting.segments;
    if (segments.empty() || segments.back().to != to || segments.back().pieces) segments.push_back({to, 0, {}});
    segments.back().size += bytes.size();
    waiting.bytes += bytes;
    if (to->is_terminal) waiting.slow += bytes.size();
    state_->appended(std::move(lock));
}

void writer::write(target to, source pieces, std::size_t held, urgency when) {
    std::unique_lock lock(state_->mutex);
    auto& waiting = state_->waiting;
    waiting.segments.push_back({to, 0, std::move(pieces)});
    waiting.held += held;
    if (when == urgency::with_the_next) ++waiting.unhurried;
    bool const sleeps_on = waiting.can_wait() && !state_->is_pressing() && !state_->abandoned;
    if (!sleeps_on) state_->appended(std::move(lock));
}

void writer::finish(target of) {
    auto close = [of]() -> std::string_view {
        int const code = files::close_checked(std::exchange(of->descriptor, -1), of->owned);
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

std::optional<std::string> writer::slow_target(std::chrono::nanoseconds patience) const {
    std::lock_guard const lock(state_->mutex);
    auto const& [to, since] = state_->current;
    if (to == nullptr || steady::now() - since < patience) return std::nullopt;
    return to->name;
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
    for (auto& target : state_->targets) {
        int const code = files::close_checked(target.descriptor, target.owned);
        if (code != 0 && !target.failure) state_->fail(&target, write_error(target.name, code));
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
