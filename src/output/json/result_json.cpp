// SPDX-License-Identifier: MIT
// The members that results and summaries have in JSON and in the ledger alike.
#include "output/json/result_json.hpp"

#include <algorithm>
#include <cstdint>

#include "output/words/words.hpp"

namespace muster::output {

namespace {

std::int64_t milliseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::int64_t count(report const& results, final_state state) {
    return std::count_if(results.hosts.begin(), results.hosts.end(),
                         [state](auto const& host) { return host.state == state; });
}

void append_states(std::string& to, report const& results) {
    to += '{';
    for (auto state = final_state::ok;; state = static_cast<final_state>(static_cast<int>(state) + 1)) {
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
    for (auto const& host : results.hosts) {
        if (!may_still_run(host)) continue;
        to += first ? "\"" : ",\"";
        append_escaped(to, host.host);
        to += '"';
        first = false;
    }
    to += ']';
}

void append_members_of_end(json_object& object, std::optional<std::uint32_t> const& status, std::string const& signal) {
    if (status) {
        object.number("status", *status);
    } else {
        object.null("status");
    }
    object.string_or_null("signal", signal);
}

void append_counts(std::string& to, std::vector<step_count> const& counts) {
    json_object object(to);
    for (auto const& count : counts) object.number(count.name, static_cast<std::int64_t>(count.value));
    object.close();
}

void append_step(std::string& to, step_result const& step) {
    json_object object(to);
    object.string("stage", to_string(step.stage));
    object.string("state", to_string(step.state)).string("command", to_string(step.command));
    append_members_of_end(object, step.status, step.signal);
    object.string_or_null("error", error_message(step)).number("duration_ms", milliseconds(step.duration));
    if (!step.counts.empty()) append_counts(object.key("counts"), step.counts);
    if (step.out_bytes > 0) object.number("stdout_bytes", static_cast<std::int64_t>(step.out_bytes));
    if (step.err_bytes > 0) object.number("stderr_bytes", static_cast<std::int64_t>(step.err_bytes));
    object.close();
}

void append_steps(std::string& to, std::vector<step_result> const& steps) {
    for (auto const& step : steps) {
        to += &step == steps.data() ? '[' : ',';
        append_step(to, step);
    }
    to += ']';
}

/// Where there was one of them.
void append_pushes(json_object& object, std::uint64_t changed, std::uint64_t same) {
    if (changed + same == 0) return;
    object.number("changed", static_cast<std::int64_t>(changed)).number("same", static_cast<std::int64_t>(same));
}

void append_stages(std::string& to, std::vector<stage_duration> const& stages) {
    json_object object(to);
    for (auto const& stage : stages) object.number(to_string(stage.stage), milliseconds(stage.duration));
    object.close();
}

}  // namespace

void append_shard(json_object& object, part_of_list const& part) {
    if (part.count == 0) return;
    object.number("shard", static_cast<std::int64_t>(part.index));
    object.number("shards", static_cast<std::int64_t>(part.count));
}

void append_part(json_object& object, part_of_list const& part) {
    if (part.count == 0) return;
    append_shard(object, part);
    object.string("list_hash", part.list_hash).number("list_size", static_cast<std::int64_t>(part.list_size));
}

void begin_result(json_object& object, host_result const& result) {
    object.number("v", 1).string("type", "result").string("host", result.host);
    object.string_or_null("address", result.address).number("port", result.port).string("user", result.user);
    object.string_or_null("via", result.via);
    object.string("state", to_string(result.state)).string("command", to_string(result.command));
    append_members_of_end(object, result.status, result.signal);
    object.string("stage", to_string(result.stage));
    object.string_or_null("error", error_message(result));
}

void end_result(json_object& object, host_result const& result, part_of_list const& part) {
    object.string_or_null("kex", result.key_exchange).boolean("truncated", result.truncated);
    object.string_or_null("started", result.attempts == 0 ? std::string() : rfc3339(result.started));
    object.number("duration_ms", milliseconds(result.duration)).number("attempts", result.attempts);
    if (result.repeats > 0) object.number("repeats", result.repeats);
    if (result.stop != stop_cause::none) object.string("stop", to_string(result.stop));
    if (!result.stages.empty()) append_stages(object.key("stages"), result.stages);
    if (!result.steps.empty()) append_steps(object.key("steps"), result.steps);
    append_pushes(object, result.changed, result.same);
    append_shard(object, part);
    object.end();
}

void append_stop(json_object& object, std::string const& culprit, std::size_t batch, std::size_t batches,
                 std::string_view reason) {
    object.string_or_null("culprit", culprit);
    if (batch == 0) return;
    object.number("batch", static_cast<std::int64_t>(batch)).number("batches", static_cast<std::int64_t>(batches));
    object.string_or_null("reason", reason);
}

void append_summary(std::string& to, report const& results, part_of_list const& part) {
    json_object object(to);
    object.number("v", 1).string("type", "summary").number("hosts", static_cast<std::int64_t>(results.hosts.size()));
    append_states(object.key("states"), results);
    append_unknown(object.key("may_still_run"), results);
    object.string("stop", to_string(results.cause));
    append_stop(object, results.culprit ? results.hosts[*results.culprit].host : std::string(), results.batch,
                results.batches, results.reason);
    object.number("duration_ms", milliseconds(results.duration));
    auto const pushes = pushes_of(results);
    append_pushes(object, pushes.changed, pushes.same);
    append_part(object, part);
    object.end();
}

}  // namespace muster::output
