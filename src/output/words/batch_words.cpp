// SPDX-License-Identifier: MIT
// Sentences on batches, gates and pauses.
#include "output/words/batch_words.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <muster/host.hpp>

#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_list = 400;
constexpr std::size_t longest_reason = 200;

std::vector<std::string> labels(batch const& batch, std::span<host_result const> hosts) {
    std::vector<std::string> names = batch.done;
    for (auto const index : batch.hosts) names.push_back(hosts[index].host);
    names.insert(names.end(), batch.left_out.begin(), batch.left_out.end());
    return names;
}

std::string cut_list(std::string list) {
    if (list.size() <= longest_list) return list;
    auto const end = list.rfind(',', longest_list);
    return list.substr(0, end == std::string::npos ? longest_list : end + 1) + "...";
}

std::string folded(batch const& batch, std::span<host_result const> hosts) {
    return cut_list(fold(labels(batch, hosts)));
}

std::string head(batch const& batch, std::size_t count) {
    return fmt::format("batch {} of {}: ", batch.number, count);
}

/// A command of the batch went out, in this run or an earlier one.
bool was_sent(batch const& batch, std::span<host_result const> hosts) {
    return !batch.done.empty() || !batch.left_out.empty() || std::ranges::any_of(batch.hosts, [&](std::size_t index) {
        return hosts[index].command != command_fate::not_sent;
    });
}

std::string reason_in_words(verdict const& answer) {
    return answer.reason.empty() ? std::string() : ": " + sanitised(answer.reason, longest_reason);
}

std::string words_of_second_try(events::question_answered const& question, std::span<host_result const> hosts) {
    std::vector<std::string> names;
    for (auto const index : question.again) names.push_back(hosts[index].host);
    return fmt::format("{} run{} again: {}", hosts_in_words(names.size()), names.size() == 1 ? "s" : "",
                       cut_list(fold(names)));
}

}  // namespace

std::string batch_words(batch const& batch, std::size_t count, std::span<host_result const> hosts) {
    auto const all = batch.hosts.size() + batch.done.size() + batch.left_out.size();
    std::string others;
    if (!batch.done.empty()) others = fmt::format("{} of them ok before", batch.done.size());
    if (!batch.left_out.empty())
        others += fmt::format("{}{} of them left out", others.empty() ? "" : ", ", batch.left_out.size());
    return fmt::format("{}{}{}, {}", head(batch, count), hosts_in_words(all),
                       others.empty() ? others : " (" + others + ")", folded(batch, hosts));
}

std::string words_of(events::soaking const& batch) {
    return fmt::format("{}waiting for {} (--soak)", head(batch.what, batch.count), in_words(batch.length));
}

std::string words_of(events::local_line const& line) {
    auto const host = line.host.empty() ? std::string() : std::string(line.host) + ": ";
    return fmt::format("{}{}: {}", host, to_string(line.of), sanitised(line.text, std::string::npos));
}

std::string words_of(events::question_answered const& question, std::span<host_result const> hosts) {
    auto const& answer = question.answer;
    switch (question.kind) {
        case events::question::gate:
            if (answer.passed)
                return fmt::format("{}the gate has passed after {}", head(question.what, question.count),
                                   in_words(question.waited));
            return fmt::format("stopped: the gate of batch {} said no{}", question.what.number,
                               reason_in_words(answer));
        case events::question::approval:
            if (answer.passed) return {};
            return fmt::format("stopped: batch {} was not approved{}", question.what.number, reason_in_words(answer));
        case events::question::halted:
            return question.answer.again ? words_of_second_try(question, hosts) : std::string();
    }
    return {};
}

std::string words_of(events::batch_ended const& batch, std::span<host_result const> hosts) {
    if (batch.passed && batch.failed == 0) return fmt::format("{}{} ok", head(batch.what, batch.count), batch.ok);
    if (batch.passed) return fmt::format("{}{} ok, {} failed", head(batch.what, batch.count), batch.ok, batch.failed);
    auto const all = batch.what.hosts.size() + batch.what.done.size();
    auto const is_cut = [&](std::size_t index) { return hosts[index].state == final_state::stopped; };
    auto const cut = static_cast<std::size_t>(std::ranges::count_if(batch.what.hosts, is_cut));
    if (batch.ok == 0 && batch.failed == all && cut == 0)
        return fmt::format("stopped: no host of batch {} ({}) {}", batch.what.number, folded(batch.what, hosts),
                           was_sent(batch.what, hosts) ? "ended ok" : "could be used");
    auto const of_cut = cut == 0 ? std::string() : fmt::format("{} stopped, ", cut);
    return fmt::format("stopped in batch {} of {}: {} ok, {} failed, {}{} not started", batch.what.number, batch.count,
                       batch.ok, batch.failed - cut, of_cut, all - batch.ok - batch.failed);
}

std::string words_of(events::preflight_ended const& preflight) {
    if (preflight.reached >= preflight.wanted)
        return fmt::format("preflight: {} can be used", hosts_in_words(preflight.reached));
    return fmt::format("stopped: the preflight reached {}, and {} must be there; nothing was sent",
                       hosts_in_words(preflight.reached), preflight.wanted);
}

}  // namespace muster::output
