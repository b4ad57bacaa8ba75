// SPDX-License-Identifier: MIT
// From --batch, --together, --apart and --soak to a plan, and from there to words.
#include "cli/plan/rollout_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "cli/plan/host_groups.hpp"
#include "output/words/words.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t most_sizes = 12;

std::vector<batch> cut(arguments const& args, host_list const& hosts, host_sources& sources) {
    auto const& given = args.rollout;
    if (!given.in_batches()) {
        if (given.gate.empty()) return {};
        return cut_into_batches(hosts.size(), std::vector{batch_size{100, true}});
    }
    if (given.together.empty()) return cut_into_batches(hosts.size(), given.sizes);
    return cut_into_batches(hosts.size(), given.sizes, group_numbers("--together", given.together, hosts, sources));
}

std::string in_plural(std::size_t count, std::string_view what, std::string_view plural) {
    return fmt::format("{} {}", count, count == 1 ? what : plural);
}

/// "stops at 1 failure, when the batch has ended"; empty: at none.
std::string halt_words(halt_policy const& policy) {
    if (policy.when == halt_when::never) return {};
    auto const* const verb = policy.when == halt_when::ask ? "asks" : "stops";
    auto const* const then = policy.when == halt_when::batch ? ", when the batch has ended" : "";
    if (policy.percent) return fmt::format("{} when {}% have failed{}", verb, policy.fail, then);
    auto const count = static_cast<std::size_t>(policy.fail);
    return fmt::format("{} at {}{}", verb, in_plural(count, "failure", "failures"), then);
}

std::string joined(std::string text, std::string const& more) {
    if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
    return text;
}

/// What follows a batch.
std::string ending_words(batch const& each, bool is_last, arguments const& args) {
    std::string text;
    bool const has_gate = !args.rollout.gate.empty();
    if (each.soak.count() > 0 && (!is_last || has_gate)) text = "then a pause of " + output::in_words(each.soak);
    if (has_gate) text = joined(text, "then the gate");
    return text;
}

/// How many hosts must be there. The rest of a run may be fewer than was asked for; the whole list may not.
std::size_t least_usable(amount const& wanted, std::size_t hosts, bool is_rest) {
    auto const share = wanted.value * static_cast<double>(hosts) / 100 - 1e-9;
    auto const count = static_cast<std::size_t>(wanted.percent ? std::ceil(share) : wanted.value);
    if (count > hosts && !is_rest)
        throw target_error(fmt::format("--preflight={}: there are only {}", count, output::hosts_in_words(hosts)));
    return std::clamp<std::size_t>(count, 1, std::max<std::size_t>(1, hosts));
}

}  // namespace

void complete_plan(rollout_options& plan, arguments const& args, host_list const& hosts, host_sources& sources) {
    auto const& given = args.rollout;
    if (!given.soak.empty())
        for (auto& each : plan.batches) each.soak = given.soak[std::min(each.number, given.soak.size()) - 1];
    if (!given.apart.empty()) {
        plan.apart = group_numbers("--apart", given.apart, hosts, sources);
        plan.apart_limit = given.apart_limit;
    }
    if (given.preflight) plan.preflight = least_usable(*given.preflight, hosts.size(), plan.done > 0);
}

rollout_options plan_rollout(arguments const& args, host_list const& hosts, host_sources& sources) {
    auto plan = args.how.rollout;
    plan.batches = cut(args, hosts, sources);
    complete_plan(plan, args, hosts, sources);
    return plan;
}

std::vector<std::string> plan_lines(rollout_options const& plan, host_list const& hosts, arguments const& args) {
    std::vector<std::string> lines;
    for (auto const& each : plan.batches) {
        auto labels = each.done;
        for (auto const index : each.hosts) labels.push_back(hosts[index].label());
        labels.insert(labels.end(), each.left_out.begin(), each.left_out.end());
        auto const last = plan.batches.back().number;
        auto line = fmt::format("batch {} of {}: {}, {}", each.number, last, output::hosts_in_words(labels.size()),
                                fold(labels));
        if (args.rollout.approve && each.number > 1 && !each.begun) line = joined(line, "asked for before");
        if (!each.left_out.empty()) line = joined(line, "left out: " + fold(each.left_out));
        line = joined(line, halt_words(args.how.halt));
        lines.push_back(joined(line, ending_words(each, each.number == last, args)));
    }
    return lines;
}

std::string plan_summary(rollout_options const& plan, arguments const& args) {
    std::string sizes;
    for (auto const& each : plan.batches) {
        bool const is_cut = each.number > most_sizes;
        if (is_cut && !sizes.ends_with("...")) sizes += ", ...";
        if (!is_cut)
            sizes += (sizes.empty() ? "" : ", ") +
                     std::to_string(each.hosts.size() + each.done.size() + each.left_out.size());
    }
    auto const text = fmt::format("{} of {} host{}", in_plural(plan.batches.size(), "batch", "batches"), sizes,
                                  sizes == "1" ? "" : "s");
    return joined(text, halt_words(args.how.halt));
}

}  // namespace muster::cli
