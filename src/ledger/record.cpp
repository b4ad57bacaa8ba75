// SPDX-License-Identifier: MIT
// Reads a ledger's lines, and keeps the last state of each host.
#include "ledger/record.hpp"

#include <fmt/format.h>

#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include <muster/outcome.hpp>

#include "hosts/host_text.hpp"

namespace muster::ledger {

namespace {

using nlohmann::json;

constexpr std::string_view head_of_first_line = R"({"v":1,"type":"run",)";

/// Why a line makes no sense; whoever knows the file and the number adds them.
struct line_fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The label as it would be if the name were written the usual way.
std::string usual_label(host host) {
    host.name = hosts::canonical_name(host.name);
    return host.label();
}

host parse_label(std::string const& label) {
    auto const parsed = parse_hosts(label, 1);
    if (parsed.size() != 1 || parsed[0].label() != label) throw host_syntax_error("not one host", label, 0);
    return parsed[0];
}

json const& member(json const& object, char const* key) {
    auto const found = object.find(key);
    if (found == object.end()) throw line_fault(fmt::format("lacks \"{}\"", key));
    return *found;
}

std::string const& text_of(json const& object, char const* key) {
    auto const& value = member(object, key);
    if (!value.is_string()) throw line_fault(fmt::format("\"{}\" is not a string", key));
    return value.get_ref<std::string const&>();
}

bool is_resumed(json const& line) {
    auto const found = line.find("resumed");
    return found != line.end() && *found == true;
}

void check_version(json const& line) {
    auto const& version = member(line, "v");
    if (version != 1) throw line_fault("is of another version of the format than 1");
}

std::vector<std::string> texts_of(json const& list, char const* key) {
    if (!list.is_array()) throw line_fault(fmt::format("\"{}\" is not a list", key));
    std::vector<std::string> texts;
    for (auto const& text : list) {
        if (!text.is_string()) throw line_fault(fmt::format("\"{}\" has something that is not a string", key));
        texts.push_back(text.get_ref<std::string const&>());
    }
    return texts;
}

std::vector<std::vector<std::string>> batches_of(json const& list) {
    if (!list.is_array()) throw line_fault("\"batches\" is not a list");
    std::vector<std::vector<std::string>> batches;
    for (auto const& hosts : list) batches.push_back(texts_of(hosts, "batches"));
    return batches;
}

std::size_t count_of(json const& line, char const* key) {
    auto const& number = member(line, key);
    if (!number.is_number_unsigned()) throw line_fault(fmt::format("\"{}\" is not a number", key));
    return number.get<std::size_t>();
}

recorded_shard shard_of(json const& line) {
    return {count_of(line, "shard"), count_of(line, "shards"), text_of(line, "list_hash"), count_of(line, "list_size")};
}

std::vector<recorded_content> contents_of(json const& list) {
    if (!list.is_array()) throw line_fault("\"contents\" is not a list");
    std::vector<recorded_content> contents;
    for (auto const& each : list) contents.push_back({text_of(each, "source"), text_of(each, "sha256")});
    return contents;
}

recorded_input input_of(json const& input) {
    return {text_of(input, "source"), input.contains("sha256") ? text_of(input, "sha256") : std::string()};
}

void begin_run(json const& line, record& into) {
    auto const targets = texts_of(member(line, "targets"), "targets");
    run_begin run{text_of(line, "command"), text_of(line, "command_hash"), is_resumed(line)};
    if (line.contains("transport")) run.transport = text_of(line, "transport");
    if (line.contains("options")) run.options = texts_of(line["options"], "options");
    if (line.contains("batches")) run.batches = batches_of(line["batches"]);
    if (line.contains("script_arguments"))
        run.script_arguments = texts_of(line["script_arguments"], "script_arguments");
    if (line.contains("shard")) run.shard = shard_of(line);
    if (line.contains("input")) run.input = input_of(line["input"]);
    if (line.contains("contents")) run.contents = contents_of(line["contents"]);
    into.begin(std::move(run));
    for (auto const& label : targets) into.add_host(label);
}

[[noreturn]] void throw_stranger(std::string const& label) {
    throw line_fault(fmt::format("is about {}, no host of its run", hosts::printable(label)));
}

void take_sent(json const& line, record& into) {
    auto const& label = text_of(line, "host");
    if (!into.set_fate(label, host_fate::may_run)) throw_stranger(label);
    into.set_state(label, "");
}

bool was_cut_short(json const& result) {
    auto const& state = text_of(result, "state");
    bool const timed_out = state == to_string(final_state::timed_out);
    auto const where = timed_out && text_of(result, "stage") == to_string(stage::total) ? stage::total : stage::none;
    for (auto const each : {final_state::stopped, final_state::lost, final_state::refused, final_state::timed_out})
        if (to_string(each) == state) return is_cut_short(each, where);
    return false;
}

void take_step_done(json const& line, record& into) {
    auto const& label = text_of(line, "host");
    if (text_of(line, "stage") != to_string(stage::command)) return;
    if (!into.set_fate(label, host_fate::command_done)) throw_stranger(label);
}

host_fate fate_of_sent(json const& result) {
    if (text_of(result, "state") == "ok") return host_fate::ok;
    auto const& command = text_of(result, "command");
    if (command == "unknown") return host_fate::may_run;
    if (command == "ended") return host_fate::not_ok;
    throw line_fault("\"command\" is none of not_sent, ended, unknown");
}

void take_result(json const& line, record& into) {
    auto const& label = text_of(line, "host");
    bool const done = text_of(line, "state") == "ok";  // also where the steps hold no command
    bool const sent = done || text_of(line, "command") != "not_sent";
    auto fate = sent ? fate_of_sent(line) : host_fate::not_ok;
    bool const stays = into.fate_of(label) == host_fate::command_done && was_cut_short(line);
    if (fate == host_fate::not_ok && stays) fate = host_fate::command_done;
    if (!(sent ? into.set_fate(label, fate) : into.take_back(label))) throw_stranger(label);
    into.set_state(label, text_of(line, "state"));
}

/// A line that may be the begin of a file: a whole one, or one that was cut off.
bool may_begin(std::string_view line) {
    return line.starts_with(head_of_first_line) || head_of_first_line.starts_with(line);
}

class reader {
  public:
    reader(std::istream& from, std::string const& name) : from_(from), name_(name) {}

    record run() {
        for (std::string line; std::getline(from_, line);) take(line, ++number_);
        if (from_.bad()) throw record_error(fmt::format("{}: cannot be read", name_));
        return std::move(record_);
    }

  private:
    void take(std::string const& text, std::size_t number) {
        try {
            if (number == 1 && !may_begin(text)) throw line_fault("not a ledger");
            auto const line = json::parse(text, nullptr, false);
            if (line.is_object()) {
                take_object(line);
            } else {
                take_broken(text, number);
            }
        } catch (line_fault const& fault) {
            fail(number, fault.what());
        } catch (host_syntax_error const& fault) {
            fail(number, fmt::format("names a host that is none: {}", fault.what()));
        }
    }

    void take_object(json const& line) {
        check_version(line);
        auto const& type = text_of(line, "type");
        bool const begins = type == "run";
        if (broken_ && !begins) fail_damaged();
        broken_.reset();
        if (begins) {
            begin_run(line, record_);
        } else if (!record_.begun()) {
            throw line_fault("stands before the line of its run");
        } else if (type == "command_sent") {
            take_sent(line, record_);
        } else if (type == "step_done") {
            take_step_done(line, record_);
        } else if (type == "result") {
            take_result(line, record_);
        } else if (type == "batch_started") {
            record_.set_begun(count_of(line, "batch"));
        } else if (type == "batch_passed") {
            record_.set_passed(count_of(line, "batch"));
        }
    }

    /// A sudden end leaves such a line, and whoever goes on with the file begins with a run's line: it may be cut off
    /// too.
    void take_broken(std::string const& text, std::size_t number) {
        if (broken_ && !may_begin(text)) fail_damaged();
        broken_ = number;
    }

    [[noreturn]] void fail_damaged() const { fail(*broken_, "is broken; the file is damaged"); }

    [[noreturn]] void fail(std::size_t number, std::string const& reason) const {
        throw record_error(fmt::format("{}:{}: {}", name_, number, reason));
    }

    std::istream& from_;
    std::string const& name_;
    std::size_t number_ = 0;
    std::optional<std::size_t> broken_;  // the line before, when it makes no sense
    record record_;
};

/// Where two ledgers know of a host.
int rank_of(host_fate fate) {
    switch (fate) {
        case host_fate::not_ok:
            return 0;
        case host_fate::command_done:
            return 1;
        case host_fate::may_run:
            return 2;
        case host_fate::ok:
            return 3;
    }
    return 0;
}

}  // namespace

host_fate record::fate_of(host const& host) const {
    auto const found = index_.find(usual_label(host));
    return found == index_.end() ? host_fate::not_ok : fates_[found->second].now;
}

host_fate record::fate_of(std::string const& label) const {
    auto const found = index_.find(label);
    return found == index_.end() ? host_fate::not_ok : fates_[found->second].now;
}

void record::begin(run_begin run) {
    if (!run.resumed) *this = {};
    for (auto& known : fates_) {
        known.before = known.now;
        if (known.sent) known.state_before = known.state;
    }
    begun_ = true;
    command_ = std::move(run.command);
    command_hash_ = std::move(run.command_hash);
    transport_ = std::move(run.transport);
    options_ = std::move(run.options);
    script_arguments_ = std::move(run.script_arguments);
    shard_ = std::move(run.shard);
    contents_ = std::move(run.contents);
    input_ = std::move(run.input);
    if (!run.batches) return;
    batches_.clear();
    for (auto& hosts : *run.batches) batches_.push_back({std::move(hosts)});
}

record record::without_hosts() const {
    record made;
    made.begun_ = begun_;
    made.command_ = command_;
    made.command_hash_ = command_hash_;
    made.transport_ = transport_;
    made.options_ = options_;
    made.script_arguments_ = script_arguments_;
    made.contents_ = contents_;
    made.input_ = input_;
    return made;
}

void record::join(record const& other) {
    for (std::size_t i = 0; i < other.hosts_.size(); ++i) {
        auto const label = other.hosts_[i].label();
        bool const is_new = find(label) == nullptr;
        add_host(label);
        auto& known = *find(label);
        if (is_new || rank_of(other.fates_[i].now) > rank_of(known.now)) known = other.fates_[i];
    }
}

void record::set_begun(std::size_t number) {
    if (number > 0 && number <= batches_.size()) batches_[number - 1].begun = true;
}

void record::set_passed(std::size_t number) {
    if (number > 0 && number <= batches_.size()) batches_[number - 1].passed = true;
}

void record::add_host(std::string const& label) {
    if (index_.contains(label)) return;
    auto const host = parse_label(label);
    auto const [place, fresh] = index_.try_emplace(usual_label(host), fates_.size());
    auto const known = place->second;
    index_[label] = known;
    if (!fresh) return;
    hosts_.add(host);
    fates_.emplace_back();
}

record::known_fate* record::find(std::string const& label) {
    auto const found = index_.find(label);
    return found == index_.end() ? nullptr : &fates_[found->second];
}

bool record::set_fate(std::string const& label, host_fate fate) {
    auto* const known = find(label);
    if (known != nullptr) {
        known->now = fate;
        known->sent = true;
    }
    return known != nullptr;
}

bool record::take_back(std::string const& label) {
    auto* const known = find(label);
    if (known != nullptr) {
        known->now = known->before;
        known->sent = !known->state_before.empty();
    }
    return known != nullptr;
}

void record::set_state(std::string const& label, std::string const& state) {
    auto* const known = find(label);
    if (known == nullptr) return;
    bool const is_earlier = known->now == known->before && !known->state_before.empty() && state == "not_started";
    known->state = is_earlier ? known->state_before : state;
}

std::vector<hosts::recorded_host> record::recorded() const {
    std::vector<hosts::recorded_host> out;
    for (std::size_t i = 0; i < hosts_.size(); ++i)
        out.push_back({hosts_[i], fates_[i].state, fates_[i].sent, fates_[i].now == host_fate::may_run});
    return out;
}

record read_record(std::istream& from, std::string const& name) {
    return reader(from, name).run();
}

record read_record_file(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw record_error(fmt::format("{}: cannot be read", path));
    return read_record(file, path);
}

}  // namespace muster::ledger
