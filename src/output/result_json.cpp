// SPDX-License-Identifier: MIT
// The members that results and summaries have in JSON and in the ledger alike.
#include "output/result_json.hpp"

#include <algorithm>

namespace muster::output {

namespace {

std::int64_t milliseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::int64_t count(report const& results, final_state state) {
    return std::count_if(results.hosts.begin(), results.hosts.end(),
                         [state](auto const& one) { return one.state == state; });
}

void append_states(std::string& to, report const& results) {
    to += '{';
    for (auto state = final_state::ok;; state = final_state{static_cast<int>(state) + 1}) {
        to += state == final_state::ok ? "\"" : ",\"";
        to += to_string(state);
        to += "\":" + std::to_string(count(results, state));
        if (state == final_state::not_started) break;
    }
    to += '}';
}

void append_unknown(std::string& to, report const& results) {
    to += '[';
    bool first = true;
    for (auto const& one : results.hosts) {
        if (one.command != command_fate::unknown) continue;
        to += first ? "\"" : ",\"";
        append_escaped(to, one.host);
        to += '"';
        first = false;
    }
    to += ']';
}

}  // namespace

void begin_result(json_object& object, host_result const& result) {
    object.number("v", 1).string("type", "result").string("host", result.host);
    object.string_or_null("address", result.address).number("port", result.port).string("user", result.user);
    object.string_or_null("via", result.via);
    object.string("state", to_string(result.state)).string("command", to_string(result.command));
    if (result.status) {
        object.number("status", *result.status);
    } else {
        object.null("status");
    }
    object.string_or_null("signal", result.signal).string("stage", to_string(result.at));
    object.string_or_null("error", result.error);
}

void end_result(json_object& object, host_result const& result) {
    object.boolean("truncated", result.truncated);
    object.string_or_null("started", result.attempts == 0 ? std::string() : rfc3339(result.started));
    object.number("duration_ms", milliseconds(result.duration)).number("attempts", result.attempts);
    object.end();
}

void append_summary(std::string& to, report const& results) {
    json_object object(to);
    object.number("v", 1).string("type", "summary").number("hosts", static_cast<std::int64_t>(results.hosts.size()));
    append_states(object.key("states"), results);
    append_unknown(object.key("may_still_run"), results);
    object.string("stop", to_string(results.cause));
    object.string_or_null("culprit", results.culprit ? results.hosts[*results.culprit].host : std::string());
    object.number("duration_ms", milliseconds(results.duration));
    object.end();
}

}  // namespace muster::output
