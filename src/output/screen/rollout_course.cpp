// SPDX-License-Identifier: MIT
// Remembers the last event of the plan, and says it in one line.
#include "output/screen/rollout_course.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <muster/host.hpp>

#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_list = 60;

std::string cut(std::string list) {
    if (list.size() <= longest_list) return list;
    auto const end = list.rfind(',', longest_list);
    return list.substr(0, end == std::string::npos ? longest_list : end + 1) + "...";
}

using steady = std::chrono::steady_clock;

/// No later than the end of time.
steady::time_point later(steady::time_point now, std::chrono::nanoseconds by) {
    return now + std::min(by, steady::time_point::max() - now);
}

/// Never less than is left.
std::string left_in_words(std::chrono::nanoseconds time) {
    if (time < std::chrono::minutes(1)) return in_words(std::chrono::ceil<std::chrono::milliseconds>(time / 100) * 100);
    return in_words(std::chrono::ceil<std::chrono::seconds>(time));
}

}  // namespace

void rollout_course::follow(event const& event, steady::time_point now) {
    if (auto const* run = std::get_if<events::run_started>(&event)) begin(*run);
    if (auto const* batch = std::get_if<events::batch_started>(&event)) {
        batch_ = &batch->what;
        count_ = batch->count;
        waits_for_ = wait::none;
    }
    if (auto const* soak = std::get_if<events::soaking>(&event)) {
        waits_for_ = wait::soak;
        until_ = later(now, soak->length);
    }
    if (auto const* question = std::get_if<events::question_asked>(&event)) {
        batch_ = &question->what;
        count_ = question->count;
        waits_for_ = question->kind == events::question::gate       ? wait::gate
                     : question->kind == events::question::approval ? wait::approval
                                                                    : wait::answer;
        since_ = now;
        until_ = later(now, question->limit);
    }
    if (auto const* delay = std::get_if<events::start_delayed>(&event)) next_start_ = later(now, delay->length);
    if (std::holds_alternative<events::question_answered>(event)) waits_for_ = wait::none;
    if (std::holds_alternative<events::batch_ended>(event)) {
        batch_ = nullptr;
        waits_for_ = wait::none;
    }
    if (std::holds_alternative<events::run_ended>(event)) *this = {};
}

void rollout_course::begin(events::run_started const& run) {
    *this = {};
    hosts_ = run.hosts;
    plan_ = run.plan;
}

std::string rollout_course::wait_in_words(steady::time_point now) const {
    auto const whole = std::chrono::floor<std::chrono::seconds>(now - since_);
    auto const waited = whole.count() == 0 ? std::string() : " for " + in_words(whole);
    auto const left = left_in_words(std::max(until_ - now, steady::duration{}));
    switch (waits_for_) {
        case wait::none:
            if (next_start_ <= now) return {};
            return "next start in " + left_in_words(next_start_ - now);
        case wait::soak:
            return fmt::format("soak {} left", left);
        case wait::gate:
            return "waiting for the gate" + (until_ > since_ ? ", " + left + " left" : waited);
        case wait::approval:
            return "waiting for approval" + waited;
        case wait::answer:
            return "waiting for the answer at the terminal" + waited;
    }
    return {};
}

std::string rollout_course::next_hosts() const {
    auto const here = std::ranges::find(plan_, batch_->number, &batch::number);
    if (here == plan_.end() || here + 1 == plan_.end()) return {};
    std::vector<std::string> names;
    for (auto const index : (here + 1)->hosts) names.push_back(hosts_[index].host);
    return names.empty() ? std::string() : "next: " + cut(sanitised(fold(names), std::string::npos));
}

std::string rollout_course::words(steady::time_point now, std::string_view between) const {
    if (batch_ == nullptr) return wait_in_words(now);
    auto text = fmt::format("batch {} of {}{}{}", batch_->number, count_, between,
                            hosts_in_words(batch_->hosts.size() + batch_->done.size() + batch_->left_out.size()));
    for (auto const& more : {wait_in_words(now), next_hosts()})
        if (!more.empty()) text.append(between) += more;
    return text;
}

}  // namespace muster::output
