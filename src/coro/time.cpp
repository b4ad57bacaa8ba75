// SPDX-License-Identifier: MIT
// Sleeps, alarms, deadlines, and time set by hand.
#include <muster/coro/alarm.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/manual_clock.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include <algorithm>
#include <asio/post.hpp>

namespace muster::coro {

void alarm::arm(time_point when) {
    disarm();
    if (loop_.manual()) {
        scheduled_ = loop_.scheduled().emplace(when, this);
        return;
    }
    if (!timer_) timer_.emplace(executor_);
    armed_ = std::make_shared<alarm*>(this);
    timer_->expires_at(when);
    timer_->async_wait([armed = armed_, &of = loop_, ex = executor_](asio::error_code error) {
        detail::loop::turn const turn(of, ex, true);
        if (!error && *armed) (*armed)->ring();
    });
}

void alarm::disarm() noexcept {
    if (scheduled_) loop_.scheduled().erase(*scheduled_);
    scheduled_.reset();
    if (!armed_) return;
    *armed_ = nullptr;
    armed_.reset();
    timer_->cancel();
}

void alarm::ring() {
    disarm();
    ring_();
}

time_point now(executor const& ex) {
    return detail::loop::of(ex).now();
}

awaitable<time_point> now() {
    auto const ex = co_await this_coro::executor;
    co_return now(ex);
}

awaitable<void> sleep_until(time_point when) {
    auto const ex = co_await this_coro::executor;
    if (when <= now(ex)) {
        co_await asio::post(ex, asio::use_awaitable);
        co_return;
    }
    detail::wait_list sleeper(ex);
    bool rung = false;  // by another thread, maybe before this one waits
    auto wake = [&] { rung = true, sleeper.wake_all(); };
    alarm bell(ex, wake);
    bell.arm(when);
    detail::wait_mode mode("a sleep");
    mode.unless = &rung;
    co_await sleeper.wait(mode);
}

awaitable<void> sleep_for(duration d) {
    auto const ex = co_await this_coro::executor;
    co_await sleep_until(time_after(now(ex), d));
}

deadline::deadline(executor const& ex, duration limit)
    : executor_(ex), loop_(detail::loop::of(ex)), end_(time_after(loop_.now(), limit)), left_(duration::zero()) {}

deadline::~deadline() = default;

time_point deadline::now() const {
    return loop_.now();
}

duration deadline::remaining() const {
    if (paused()) return left_;
    if (end_ == time_point::max()) return duration::max();
    return std::max(end_ - loop_.now(), duration::zero());
}

deadline::pause_guard deadline::pause() {
    if (pauses_ == 0) {
        left_ = remaining();
        for (auto* w = watches_; w != nullptr; w = w->next_) w->disarm();
    }
    ++pauses_;
    return pause_guard(*this);
}

void deadline::restart(duration limit) {
    left_ = limit;
    end_ = time_after(loop_.now(), limit);
    for (auto* w = watches_; w != nullptr; w = w->next_) {
        w->disarm();
        w->arm();
    }
}

void deadline::resume() {
    if (--pauses_ > 0) return;
    end_ = time_after(loop_.now(), left_);
    for (auto* w = watches_; w != nullptr; w = w->next_) w->arm();
}

namespace detail {

deadline_watch::deadline_watch(deadline& limit, executor const& caller, task_state_base& child)
    : limit_(limit), child_(child), alarm_(limit.executor_, [this] { expire(); }), next_(limit.watches_) {
    if (!limit.loop_.owns(caller)) throw wrong_loop("a deadline was used from another loop than its own");
    if (next_) next_->prev_ = this;
    limit.watches_ = this;
}

deadline_watch::~deadline_watch() {
    (prev_ ? prev_->next_ : limit_.watches_) = next_;
    if (next_) next_->prev_ = prev_;
}

void deadline_watch::arm() {
    if (expired_ || limit_.paused() || limit_.end_ == time_point::max()) return;
    if (limit_.expired())
        expire();
    else
        alarm_.arm(limit_.end_);
}

void deadline_watch::expire() {
    expired_ = true;
    child_.cancel();
}

}  // namespace detail

manual_clock::manual_clock(asio::execution_context& context, time_point start)
    : loop_(asio::use_service<detail::loop>(context)) {
    loop_.start_manual(start);
}

time_point manual_clock::now() const {
    return loop_.now();
}

std::optional<time_point> manual_clock::next() const {
    auto const& schedule = loop_.scheduled();
    if (schedule.empty()) return std::nullopt;
    return schedule.begin()->first;
}

void manual_clock::advance_to(time_point when) {
    loop_.advance_to(when);
}

std::size_t running_tasks(asio::execution_context& context) {
    return asio::use_service<detail::loop>(context).tasks;
}

std::size_t waiting_coroutines(asio::execution_context& context) {
    return asio::use_service<detail::loop>(context).waiting();
}

std::size_t outside_calls(asio::execution_context& context) {
    return asio::use_service<detail::loop>(context).outside;
}

std::string describe_waits(asio::execution_context& context) {
    return asio::use_service<detail::loop>(context).describe_waits();
}

}  // namespace muster::coro
