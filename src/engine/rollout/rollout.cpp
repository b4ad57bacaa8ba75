// SPDX-License-Identifier: MIT
// Goes from batch to batch, counts the hosts that run and that have failed, and answers what comes next.
#include "engine/rollout/rollout.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include <muster/coro/time.hpp>

#include "engine/rollout/halt.hpp"

namespace muster {

namespace {

std::vector<batch> batches_of(std::size_t hosts, rollout_options const& plan) {
    if (!plan.batches.empty() || hosts == 0) return plan.batches;
    batch all;
    all.hosts.resize(hosts);
    std::iota(all.hosts.begin(), all.hosts.end(), std::size_t{0});
    return {std::move(all)};
}

}  // namespace

rollout::rollout(std::size_t hosts, options const& options, questions const& asked)
    : fanout_(options.fanout == 0 ? hosts : options.fanout),
      delay_(options.rollout.delay),
      asked_(asked),
      counted_(options.halt.counted),
      asks_(options.halt.when == halt_when::ask && asked.halted),
      ends_batch_(options.halt.when == halt_when::batch),
      step_(halt_threshold(options.halt, hosts)),
      batches_(batches_of(hosts, options.rollout)),
      in_batches_(!options.rollout.batches.empty()),
      queue_(options.rollout.apart, options.rollout.apart_limit),
      second_queue_(options.rollout.apart, options.rollout.apart_limit),
      failed_(hosts, false),
      left_out_(hosts, false) {}

rollout::next_step rollout::next(time_point now) {
    if (stopped_ || position_ == batches_.size()) return done{};
    switch (phase_) {
        case phase::opening:
            return next_opening(now);
        case phase::running:
            return next_start(now);
        case phase::soaking:
            return next_soaking(now);
        case phase::gating:
            return next_gating();
    }
    return done{};
}

rollout::next_step rollout::next_opening(time_point now) {
    bool const is_first = batches_[position_].number == 1;
    if (asked_.approve && !is_first && !batches_[position_].begun && !agreed_) return approve{position_};
    agreed_ = false;
    has_ok_ = !batches_[position_].done.empty();
    repeatable_.clear();
    phase_ = phase::running;
    fill_queue();
    if (in_batches_) return begin{position_};
    return next_start(now);
}

void rollout::fill_queue() {
    std::vector<std::size_t> hosts;
    hosts.reserve(batches_[position_].hosts.size());
    for (auto const host : batches_[position_].hosts)
        if (!left_out_[host]) hosts.push_back(host);
    queue_.fill(std::move(hosts));
}

rollout::next_step rollout::next_start(time_point now) {
    if (running_ == 0 && second_queue_.empty()) in_second_try_ = false;
    if (asks_ && reached() && !in_second_try_) {
        if (running_ > 0) return wait{};
        if (can_go_on() || !repeatable_.empty()) return ask{position_};
    }
    if (queue().empty()) {
        if (running_ > 0) return wait{};
        return close(now);
    }
    if (running_ == fanout_) return wait{};
    if (now < next_start_) return wait{next_start_, true};
    auto const host = queue().take();
    if (!host) return wait{};
    ++running_;
    next_start_ = coro::time_after(now, delay_);
    return start{*host};
}

rollout::next_step rollout::close(time_point now) {
    if (in_batches_ && ends_batch_ && reached()) return halt{failures_[accepted_ + step_ - 1]};
    if (in_batches_ && !has_ok_) return fail{position_};
    phase_ = phase::soaking;
    auto const length = is_last() && !asked_.gate ? std::chrono::nanoseconds{} : batches_[position_].soak;
    soak_end_ = coro::time_after(now, length);
    if (length > std::chrono::nanoseconds{}) return soak{position_, length};
    return next_soaking(now);
}

rollout::next_step rollout::next_soaking(time_point now) {
    if (now < soak_end_) return wait{soak_end_};
    phase_ = phase::gating;
    return next_gating();
}

rollout::next_step rollout::next_gating() {
    if (asked_.gate && !agreed_) return gate{position_};
    agreed_ = false;
    phase_ = phase::opening;
    auto const passed = position_++;
    if (in_batches_) return pass{passed};
    return done{};
}

void rollout::agreed() {
    if (phase_ == phase::running)
        accepted_ = failures_.size();
    else
        agreed_ = true;
}

std::vector<std::size_t> rollout::may_run_again() const {
    auto sorted = repeatable_;
    std::ranges::sort(sorted);
    std::vector<std::size_t> hosts;
    std::ranges::copy_if(batches_[position_].hosts, std::back_inserter(hosts),
                         [&](std::size_t host) { return std::ranges::binary_search(sorted, host); });
    return hosts;
}

void rollout::run_again() {
    auto hosts = may_run_again();
    forget_failures(hosts);
    repeatable_.clear();
    in_second_try_ = true;
    second_queue_.fill(std::move(hosts));
}

/// They count as if they had not run yet, also those that an answer has accepted.
void rollout::forget_failures(std::vector<std::size_t> const& of) {
    for (auto const host : of) failed_[host] = false;
    auto const is_forgotten = [this](std::size_t host) { return !failed_[host]; };
    auto const end_of_accepted = failures_.begin() + static_cast<std::ptrdiff_t>(accepted_);
    accepted_ -= static_cast<std::size_t>(std::count_if(failures_.begin(), end_of_accepted, is_forgotten));
    std::erase_if(failures_, is_forgotten);
}

void rollout::set_left_out(std::size_t host, bool is_out) {
    left_out_[host] = is_out;
    failed_[host] = is_out;
}

void rollout::judge(std::size_t host, host_result const& so_far) {
    if (failed_[host] || !counts_as_failure(so_far, counted_)) return;
    failed_[host] = true;
    failures_.push_back(host);
}

void rollout::ended(std::size_t host, host_result const& result) {
    --running_;
    queue().ended(host);
    if (result.state == final_state::ok) has_ok_ = true;
    judge(host, result);
    bool const is_repeatable = counts_as_failure(result, halt_on::any) && result.command != command_fate::unknown;
    if (is_repeatable && !left_out_[host]) repeatable_.push_back(host);
}

batch const* rollout::batch_at() const noexcept {
    return !in_batches_ || position_ == batches_.size() ? nullptr : &batches_[position_];
}

batch const* rollout::open_batch() const noexcept {
    return phase_ == phase::opening ? nullptr : batch_at();
}

}  // namespace muster
