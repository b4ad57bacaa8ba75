// SPDX-License-Identifier: MIT
// One member for each thing that the text of --dry-run tells.
#include "cli/plan/plan_json.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace muster::cli {

namespace {

using output::json_object;

std::int64_t milliseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::string_view word_of(halt_when when) {
    switch (when) {
        case halt_when::never:
            return "never";
        case halt_when::soon:
            return "soon";
        case halt_when::now:
            return "now";
        case halt_when::ask:
            return "ask";
        case halt_when::batch:
            return "batch";
    }
    return "";
}

void append_halt(json_object& to, halt_policy const& policy) {
    to.string("halt", word_of(policy.when));
    if (policy.when == halt_when::never) return;
    to.key("halt_fail") += fmt::format("{}", policy.fail);
    to.boolean("halt_percent", policy.percent);
}

void append_labels(std::string& to, batch const& each, run_plan const& plan) {
    auto labels = each.done;
    for (auto const index : each.hosts) labels.push_back(plan.endpoints[index].label);
    labels.insert(labels.end(), each.left_out.begin(), each.left_out.end());
    auto const* before = "[\"";
    for (auto const& label : labels) {
        to += std::exchange(before, "\",\"");
        output::append_escaped(to, label);
    }
    to += labels.empty() ? "[]" : "\"]";
}

/// As in a ledger, and the pause after each: after the last one there is none without a gate.
void append_batches(json_object& to, run_plan const& plan, arguments const& args) {
    auto const& batches = args.how.rollout.batches;
    if (batches.empty()) return;
    auto& lists = to.key("batches");
    for (auto const& each : batches) {
        lists += &each == batches.data() ? '[' : ',';
        append_labels(lists, each, plan);
    }
    lists += ']';
    auto& pauses = to.key("soaks_ms");
    for (auto const& each : batches) {
        bool const is_last = &each == &batches.back();
        auto const soak = is_last && args.rollout.gate.empty() ? std::chrono::nanoseconds() : each.soak;
        pauses += fmt::format("{}{}", &each == batches.data() ? '[' : ',', milliseconds(soak));
    }
    pauses += ']';
}

void append_check(json_object& to, arguments const& args) {
    to.string_or_null("check", args.check);
    if (args.check.empty()) return;
    to.number("check_for_ms", milliseconds(args.check_for)).number("check_hold_ms", milliseconds(args.check_hold));
}

}  // namespace

void append_rollout(json_object& to, run_plan const& plan, arguments const& args) {
    auto const& given = args.rollout;
    auto const& rollout = args.how.rollout;
    append_batches(to, plan, args);
    append_halt(to, args.how.halt);
    to.string_or_null("gate", given.gate);
    if (!given.gate.empty()) to.number("gate_for_ms", milliseconds(given.gate_for));
    to.boolean("approve", given.approve).number("delay_ms", milliseconds(rollout.delay));
    to.string_or_null("apart", given.apart);
    if (!given.apart.empty()) to.number("apart_limit", static_cast<std::int64_t>(given.apart_limit));
    to.string_or_null("together", given.together);
    to.string_or_null("before", given.before).string_or_null("after", given.after);
    append_check(to, args);
    if (rollout.preflight) to.number("preflight", static_cast<std::int64_t>(*rollout.preflight));
    if (rollout.expect_reboot.count() > 0) to.number("expect_reboot_ms", milliseconds(rollout.expect_reboot));
}

}  // namespace muster::cli
