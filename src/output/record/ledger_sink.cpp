// SPDX-License-Identifier: MIT
// Makes a line of each event and appends it; the writer's thread puts it on disk.
#include "output/record/ledger_sink.hpp"

#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

#include "output/json/batch_json.hpp"
#include "output/json/json_text.hpp"

namespace muster::output {

namespace {

/// Calls `append` for each element, between brackets.
template <class List, class Append>
void append_list(std::string& to, List const& list, Append const& append) {
    to += '[';
    bool is_first = true;
    for (auto const& element : list) {
        if (!std::exchange(is_first, false)) to += ',';
        append(element);
    }
    to += ']';
}

void append_string(std::string& to, std::string_view text) {
    to += '"';
    append_escaped(to, text);
    to += '"';
}

void append_strings(std::string& to, std::vector<std::string> const& texts) {
    append_list(to, texts, [&](std::string const& text) { append_string(to, text); });
}

void append_content(std::string& to, ledger_content const& content) {
    to += R"({"source":)";
    append_string(to, content.source);
    to += R"(,"sha256":)";
    append_string(to, content.sha256);
    to += '}';
}

void append_input(std::string& to, ledger_input const& input) {
    json_object object(to);
    object.string("source", input.source);
    if (!input.sha256.empty())
        object.number("size", static_cast<std::int64_t>(input.size)).string("sha256", input.sha256);
    object.close();
}

}  // namespace

ledger_sink::ledger_sink(writer& into, ledger::file file, ledger_header header)
    : writer_(into),
      name_(file.name()),
      header_(std::move(header)),
      descriptor_(file.release()),
      target_(into.add(descriptor_, name_, writer::ownership::owned)) {}

flow ledger_sink::tell(event const& event) {
    line_.clear();
    std::visit([this](auto const& kind) { append(kind); }, event);
    bool const begins = std::holds_alternative<events::run_started>(event);
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
    if (!header_.script_arguments.empty()) append_strings(object.key("script_arguments"), header_.script_arguments);
    if (!header_.contents.empty()) {
        auto& contents = object.key("contents");
        append_list(contents, header_.contents, [&](ledger_content const& each) { append_content(contents, each); });
    }
    if (header_.input) append_input(object.key("input"), *header_.input);
    object.boolean("resumed", header_.resumed).number("hosts", static_cast<std::int64_t>(hosts_.size()));
    auto& targets = object.key("targets");
    append_list(targets, hosts_, [&](host_result const& host) { append_string(targets, host.host); });
    object.string("transport", header_.transport);
    append_strings(object.key("options"), header_.options);
    append_part(object, part());
    if (!header_.batches.empty()) {
        auto& batches = object.key("batches");
        append_list(batches, header_.batches, [&](auto const& hosts) { append_strings(batches, hosts); });
    }
    object.string("started", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger_sink::append(events::command_sent const& sent) {
    json_object object(line_);
    object.number("v", 1).string("type", "command_sent").string("host", hosts_[sent.index].host);
    object.string("at", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger_sink::append(events::step_done const& done) {
    json_object object(line_);
    object.number("v", 1).string("type", "step_done").string("host", hosts_[done.index].host);
    object.string("stage", to_string(done.stage)).string("at", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger_sink::append(events::batch_started const& batch) {
    append_event(line_, batch);
}

void ledger_sink::append(events::soaking const& batch) {
    append_event(line_, batch);
}

void ledger_sink::append(events::question_answered const& question) {
    append_event(line_, question, hosts_);
}

void ledger_sink::append(events::batch_ended const& batch) {
    append_event(line_, batch);
}

void ledger_sink::append(events::preflight_ended const& preflight) {
    append_event(line_, preflight);
}

void ledger_sink::append(events::stopping const& stop) {
    append_event(line_, stop, hosts_, part());
}

void ledger_sink::append(events::host_ended const& ended) {
    json_object object(line_);
    begin_result(object, ended.result);
    end_result(object, ended.result, part());
}

part_of_list ledger_sink::part() const {
    return header_.shard.value_or(part_of_list());
}

void ledger_sink::append(events::run_ended const& run) {
    append_summary(line_, run.results, part());
}

}  // namespace muster::output
