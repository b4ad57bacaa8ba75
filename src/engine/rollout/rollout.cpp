// SPDX-License-Identifier: MIT
// Goes from batch to batch, counts the hosts that run and that have failed, and answers what comes next.
#include "engine/rollout/rollout.hpp"

#include <numeric>
#include <utility>

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
      threshold_(step_),
      batches_(batches_of(hosts, options.rollout)),
      in_batches_(!options.rollout.batches.empty()),
      queue_(options.rollout.apart, options.rollout.apart_limit),
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
    if (asks_ && reached()) {
        if (running_ > 0) return wait{};
        if (can_go_on()) return ask{position_};
    }
    if (queue_.empty()) {
        if (running_ > 0) return wait{};
        return close(now);
    }
    if (running_ == fanout_) return wait{};
    if (now < next_start_) return wait{next_start_};
    auto const host = queue_.take();
    if (!host) return wait{};
    ++running_;
    next_start_ = now + delay_;
    return start{*host};
}

rollout::next_step rollout::close(time_point now) {
    if (in_batches_ && ends_batch_ && reached()) return halt{culprit_};
    if (in_batches_ && !has_ok_) return fail{position_};
    phase_ = phase::soaking;
    auto const length = is_last() && !asked_.gate ? std::chrono::nanoseconds{} : batches_[position_].soak;
    soak_end_ = now + length;
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
        threshold_ = failures_ + step_;
    else
        agreed_ = true;
}

void rollout::set_left_out(std::size_t host, bool is_out) {
    left_out_[host] = is_out;
    failed_[host] = is_out;
}

void rollout::judge(std::size_t host, host_result const& so_far) {
    if (failed_[host] || !counts_as_failure(so_far, counted_)) return;
    failed_[host] = true;
    if (!reached()) culprit_ = host;
    ++failures_;
}

void rollout::ended(std::size_t host, host_result const& result) {
    --running_;
    queue_.ended(host);
    if (result.state == final_state::ok) has_ok_ = true;
    judge(host, result);
}

batch const* rollout::batch_at() const noexcept {
    return !in_batches_ || position_ == batches_.size() ? nullptr : &batches_[position_];
}

batch const* rollout::open_batch() const noexcept {
    return phase_ == phase::opening ? nullptr : batch_at();
}

}  // namespace muster
