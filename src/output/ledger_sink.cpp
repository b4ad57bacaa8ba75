// SPDX-License-Identifier: MIT
// Makes a line of each event and appends it; the writer's thread puts it on disk.
#include "output/ledger_sink.hpp"

#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

#include "output/json_text.hpp"
#include "output/result_json.hpp"

namespace muster::output {

namespace {

void append_labels(std::string& to, std::span<host_result const> hosts) {
    to += '[';
    for (auto const& one : hosts) {
        to += &one == hosts.data() ? "\"" : ",\"";
        append_escaped(to, one.host);
        to += '"';
    }
    to += ']';
}

}  // namespace

ledger_sink::ledger_sink(writer& into, ledger::file file, ledger_header header)
    : writer_(into),
      name_(file.name()),
      header_(std::move(header)),
      descriptor_(file.release()),
      target_(into.add(descriptor_, name_, writer::ownership::owned)) {}

flow ledger_sink::tell(event const& what) {
    line_.clear();
    std::visit([this](auto const& one) { append(one); }, what);
    bool const begins = std::holds_alternative<events::run_started>(what);
    if (line_.empty() || !(begins || begun_)) return flow::go_on;
    auto const code = put();
    if (begins) begun_ = !code;
    if (code && failure_.empty()) {
        failure_ = write_error(name_, *code).what();
        throw write_error(name_, *code);
    }
    return writer_.answer();
}

std::optional<int> ledger_sink::put() {
    auto const code = ledger::append_whole(descriptor_, line_);
    if (!code) writer_.sync(target_);
    return code;
}

void ledger_sink::append(events::run_started const& run) {
    hosts_ = run.hosts;
    json_object object(line_);
    object.number("v", 1).string("type", "run").string("version", header_.version);
    object.string("command", header_.command).string("command_hash", header_.command_hash);
    object.boolean("resumed", header_.resumed).number("hosts", static_cast<std::int64_t>(hosts_.size()));
    append_labels(object.key("targets"), hosts_);
    object.string("started", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger_sink::append(events::command_sent const& sent) {
    json_object object(line_);
    object.number("v", 1).string("type", "command_sent").string("host", hosts_[sent.index].host);
    object.string("at", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger_sink::append(events::stopping const& stop) {
    json_object object(line_);
    object.number("v", 1).string("type", "stopping").string("cause", to_string(stop.cause));
    object.string_or_null("culprit", stop.culprit ? hosts_[*stop.culprit].host : std::string());
    object.number("running", static_cast<std::int64_t>(stop.running)).boolean("soon", stop.soon);
    object.end();
}

void ledger_sink::append(events::host_ended const& ended) {
    json_object object(line_);
    begin_result(object, ended.result);
    end_result(object, ended.result);
}

void ledger_sink::append(events::run_ended const& run) {
    append_summary(line_, run.results);
}

}  // namespace muster::output
