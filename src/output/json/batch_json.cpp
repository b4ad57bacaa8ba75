// SPDX-License-Identifier: MIT
// One object an event; those of batches have the batch's number and the number of batches.
#include "output/json/batch_json.hpp"

#include <chrono>
#include <utility>

#include "output/json/json_text.hpp"

namespace muster::output {

namespace {

std::int64_t number(std::size_t value) {
    return static_cast<std::int64_t>(value);
}

std::int64_t milliseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

json_object& begin(json_object& object, std::string_view type) {
    return object.number("v", 1).string("type", type);
}

json_object& begin(json_object& object, std::string_view type, batch const& about, std::size_t count) {
    return begin(object, type).number("batch", number(about.number)).number("batches", number(count));
}

void end(json_object& object) {
    object.string("at", rfc3339_now()).end();
}

std::string_view type_of(events::question_answered const& question) {
    if (question.kind == events::question::gate) return "gate";
    if (question.answer.again) return "again";
    return question.answer.passed ? "approved" : "refused";
}

void append_names(std::string& to, std::span<std::size_t const> indexes, std::span<host_result const> hosts) {
    auto const* before = "[\"";
    for (auto const index : indexes) {
        to += std::exchange(before, "\",\"");
        append_escaped(to, hosts[index].host);
    }
    to += indexes.empty() ? "[]" : "\"]";
}

}  // namespace

void append_event(std::string& to, events::batch_started const& batch) {
    json_object object(to);
    begin(object, "batch_started", batch.what, batch.count);
    end(object.number("hosts", number(batch.what.hosts.size())));
}

void append_event(std::string& to, events::soaking const& batch) {
    json_object object(to);
    begin(object, "soaking", batch.what, batch.count);
    end(object.number("ms", milliseconds(batch.length)));
}

void append_event(std::string& to, events::local_line const& line) {
    json_object object(to);
    begin(object, "local_output").string("program", to_string(line.of));
    if (line.batch > 0) object.number("batch", number(line.batch));
    if (!line.host.empty()) object.string("host", line.host);
    end(object.string("stream", line.from == stream::out ? "stdout" : "stderr").string("line", line.text));
}

void append_event(std::string& to, events::question_answered const& question, std::span<host_result const> hosts) {
    json_object object(to);
    auto const& answer = question.answer;
    begin(object, type_of(question), question.what, question.count);
    object.string("question", to_string(question.kind)).boolean("passed", answer.passed);
    if (answer.status)
        object.number("status", *answer.status);
    else
        object.null("status");
    object.string_or_null("reason", answer.reason).string_or_null("by", answer.by);
    object.number("duration_ms", milliseconds(question.waited));
    if (answer.again) append_names(object.key("targets"), question.again, hosts);
    end(object);
}

void append_event(std::string& to, events::batch_ended const& batch) {
    json_object object(to);
    begin(object, batch.passed ? "batch_passed" : "batch_stopped", batch.what, batch.count);
    end(object.number("ok", number(batch.ok)).number("failed", number(batch.failed)));
}

void append_event(std::string& to, events::preflight_ended const& preflight) {
    json_object object(to);
    begin(object, "preflight");
    end(object.number("reached", number(preflight.reached)).number("wanted", number(preflight.wanted)));
}

void append_event(std::string& to, events::stopping const& stop, std::span<host_result const> hosts,
                  part_of_list const& part) {
    json_object object(to);
    begin(object, "stopping").string("cause", to_string(stop.cause));
    append_stop(object, stop.culprit ? hosts[*stop.culprit].host : std::string(), stop.batch, stop.batches,
                stop.reason);
    object.number("running", number(stop.running)).boolean("soon", stop.soon);
    append_shard(object, part);
    end(object);
}

}  // namespace muster::output
