// SPDX-License-Identifier: MIT
// Makes one object of each event.
#include "output/record/json_event_sink.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

#include "output/json/json_text.hpp"
#include "output/json/result_json.hpp"
#include "output/terminal/utf8.hpp"

namespace muster::output {

namespace {

void begin_event(json_object& object, std::string_view type) {
    object.number("v", 1).string("type", type).string("at", rfc3339(std::chrono::system_clock::now()));
}

void append_labels(std::string& to, std::span<host_result const> hosts) {
    for (auto const& host : hosts) {
        to += &host == hosts.data() ? "[\"" : ",\"";
        append_escaped(to, host.host);
        to += '"';
    }
    to += hosts.empty() ? "[]" : "]";
}

/// As in a ledger.
void append_input(std::string& to) {
    json_object input(to);
    input.string("source", "standard input").close();
}

}  // namespace

flow json_event_sink::tell(event const& event) {
    line_.clear();
    std::visit([this](auto const& kind) { append(kind); }, event);
    writer_.write(to_, line_);
    return writer_.answer();
}

void json_event_sink::append(events::run_started const& run) {
    hosts_ = run.hosts;
    writer_.on_room(run.resume);
    json_object object(line_);
    begin_event(object, "run");
    object.string("command", header_.command);
    if (!header_.script_arguments.empty()) object.strings("script_arguments", header_.script_arguments);
    if (header_.reads_input) append_input(object.key("input"));
    object.number("hosts", static_cast<std::int64_t>(hosts_.size()));
    append_labels(object.key("targets"), hosts_);
    object.string("transport", header_.transport).strings("options", header_.options);
    if (!header_.ledger.empty()) object.string("ledger", header_.ledger);
    append_part(object, header_.part);
    object.end();
}

void json_event_sink::append(events::host_started const& started) {
    json_object object(line_);
    begin_event(object, "host_started");
    object.string("host", hosts_[started.index].host);
    if (started.again) object.boolean("again", true);
    object.end();
}

void json_event_sink::append(events::command_sent const& sent) {
    json_object object(line_);
    begin_event(object, "command_sent");
    object.string("host", hosts_[sent.index].host);
    object.end();
}

void json_event_sink::append(events::step_done const& done) {
    json_object object(line_);
    begin_event(object, "step_done");
    object.string("host", hosts_[done.index].host).string("stage", to_string(done.stage));
    object.end();
}

/// A piece may begin or end inside a character: then it is base64.
void json_event_sink::append(events::output const& output) {
    json_object object(line_);
    begin_event(object, "output");
    object.string("host", hosts_[output.index].host);
    object.string("stream", output.from == stream::out ? "stdout" : "stderr");
    object.string("stage", to_string(output.stage));
    utf8_check check;
    check.add(output.bytes);
    auto& to = object.key(check.valid() ? "data" : "data_b64");
    to += '"';
    check.valid() ? append_escaped(to, output.bytes) : append_base64(to, output.bytes);
    to += '"';
    object.end();
}

}  // namespace muster::output
