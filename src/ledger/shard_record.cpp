// SPDX-License-Identifier: MIT
// Reads a file line by line; what --json has written may have the lines of several shards in one.
#include "ledger/shard_record.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace muster::ledger {

namespace {

using nlohmann::json;

std::string hosts_in_words(std::size_t count) {
    return fmt::format("{} host{}", count, count == 1 ? "" : "s");
}

template <class Enum>
std::optional<Enum> from_word(std::string_view word, Enum last) {
    for (int value = 0; value <= static_cast<int>(last); ++value)
        if (to_string(static_cast<Enum>(value)) == word) return static_cast<Enum>(value);
    return std::nullopt;
}

void take_list(json const& line, shard_record& into) {
    into.list_hash = line.value("list_hash", into.list_hash);
    into.list_size = line.value("list_size", into.list_size);
}

void take_shard(json const& line, shard_record& into) {
    into.whole = !line.contains("shard");
    into.shard = line.value("shard", std::size_t{0});
    into.shards = line.value("shards", std::size_t{1});
    if (into.shard >= into.shards)
        refuse(into.path, fmt::format("there is no shard {} of {}", into.shard, into.shards));
}

std::size_t index_of(std::string const& host, shard_record& into) {
    auto const [place, fresh] = into.index.try_emplace(host, into.hosts.size());
    if (fresh) into.hosts.emplace_back().host = host;
    return place->second;
}

/// Nothing where the line tells no options.
std::optional<recorded_start> start_of(json const& line) {
    if (!line.contains("options")) return std::nullopt;
    recorded_start start;
    start.options = line.at("options").get<std::vector<std::string>>();
    start.script_arguments = line.value("script_arguments", start.script_arguments);
    start.reads_input = line.contains("input") && line.at("input").value("source", "") == "standard input";
    start.ledger = line.value("ledger", "");
    return start;
}

void begin_run(json const& line, shard_record& into) {
    if (!line.value("resumed", false)) {
        into.hosts.clear();
        into.index.clear();
        into.spans.clear();
        into.told_to_end.clear();
    }
    take_shard(line, into);
    take_list(line, into);
    into.command = line.value("command", "");
    into.command_hash = line.value("command_hash", "");
    into.start = start_of(line);
    into.cause.reset();
    into.stop = {};
    into.names_hosts = true;
    for (auto const& label : line.at("targets")) index_of(label.get<std::string>(), into);
}

/// The beginning of time for a text that is no time of a ledger.
std::chrono::system_clock::time_point to_time(std::string const& text) {
    tm parts{};
    auto const* const rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) return {};
    auto const whole = std::chrono::system_clock::from_time_t(::timegm(&parts));
    return *rest == '.' ? whole + std::chrono::milliseconds(std::strtol(rest + 1, nullptr, 10)) : whole;
}

std::string text_of(json const& line, char const* key) {
    auto const found = line.find(key);
    return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What a page and a line of JSON show besides.
void take_connection(json const& line, host_result& into) {
    into.address = text_of(line, "address");
    into.user = text_of(line, "user");
    into.via = text_of(line, "via");
    into.key_exchange = text_of(line, "kex");
    into.port = line.value("port", std::uint16_t{0});
    into.attempts = line.value("attempts", 0U);
    into.started = to_time(text_of(line, "started"));
    into.duration = std::chrono::milliseconds(line.value("duration_ms", std::int64_t{0}));
    into.truncated = line.value("truncated", false);
}

void take_result(json const& line, host_result& into) {
    take_connection(line, into);
    into.state = from_word(line.at("state").get<std::string>(), final_state::not_started).value();
    into.command = from_word(line.at("command").get<std::string>(), command_fate::unknown).value();
    into.stage = from_word(line.at("stage").get<std::string>(), stage::total).value_or(stage::none);
    into.error = text_of(line, "error");
    into.status.reset();
    if (line.at("status").is_number()) into.status = line.at("status").get<std::uint32_t>();
    into.signal = text_of(line, "signal");
    into.stop = from_word(text_of(line, "stop"), last_stop_cause).value_or(stop_cause::none);
    into.changed = line.value("changed", 0U);
    into.same = line.value("same", 0U);
}

void take_stages(json const& line, host_result& into) {
    into.stages.clear();
    auto const stages = line.find("stages");
    if (stages == line.end() || !stages->is_object()) return;
    for (auto const& [name, length] : stages->items())
        if (auto const stage = from_word(name, stage::total); stage && length.is_number())
            into.stages.edit().push_back({*stage, std::chrono::milliseconds(length.get<std::int64_t>())});
    std::ranges::sort(into.stages.edit(), {}, &stage_duration::stage);  // an object has no order, stages have
}

/// Batches and pauses, each until the next; see batch_json.
void take_span(json const& line, std::string_view type, shard_record& into) {
    auto const time = to_time(text_of(line, "at"));
    auto const number = line.value("batch", std::size_t{0});
    if (!into.spans.empty()) {
        auto& last = into.spans.back();
        last.to = last.to == last.from ? time : std::min(last.to, time);
    }
    if (type == "batch_started")
        into.spans.push_back({fmt::format("batch {} of {}: {}", number, line.value("batches", std::size_t{0}),
                                          hosts_in_words(line.value("hosts", into.hosts.size()))),
                              false, time, time});
    if (type == "soaking") {
        auto const pause = std::chrono::milliseconds(line.value("ms", std::int64_t{0}));
        into.spans.push_back({fmt::format("pause after batch {}", number), true, time, time + pause});
    }
    if (type == "gate" || type == "approved" || type == "refused") {
        auto const waited = std::chrono::milliseconds(line.value("duration_ms", std::int64_t{0}));
        into.spans.push_back(
            {fmt::format("{} at batch {}", text_of(line, "question"), number), true, time - waited, time});
    }
}

/// What --json writes has no line of the run: then each result brings its host.
void take_host_line(json const& line, std::string_view type, shard_record& into) {
    auto const name = line.at("host").get<std::string>();
    if (into.names_hosts && !into.whole && !into.index.contains(name))
        refuse(into.path, "has a host that its run does not name");
    auto& host = into.hosts.at(index_of(name, into));
    if (type == "result") {
        into.has_output = into.has_output || line.contains("stdout") || line.contains("stdout_b64");
        take_result(line, host);
        take_stages(line, host);
        if (host.state == final_state::stopped) into.told_to_end[name] = into.stop.told;
        return;
    }
    bool const is_done = type == "step_done";
    if (is_done && line.at("stage") != to_string(stage::command)) return;
    host.state = final_state::lost;
    host.command = is_done ? command_fate::ended : command_fate::unknown;
    host.stage = stage::command;
    host.error = into.whole ? "the record ends here" : "the shard's record ends here";
}

/// Of a line `stopping`, and once more of the summary.
void take_stop(json const& line, stop_cause cause, shard_record& into) {
    auto& stop = into.stop;
    stop.cause = cause;
    stop.culprit = text_of(line, "culprit");
    stop.batch = line.value("batch", std::size_t{0});
    stop.batches = line.value("batches", std::size_t{0});
    stop.reason = text_of(line, "reason");
}

void take_stopping(json const& line, shard_record& into) {
    take_stop(line, from_word(text_of(line, "cause"), last_stop_cause).value_or(stop_cause::none), into);
    if (!line.value("soon", false)) into.stop.told = to_time(text_of(line, "at"));
}

void take_summary(json const& line, shard_record& into) {
    into.cause = from_word(line.at("stop").get<std::string>(), last_stop_cause).value_or(stop_cause::none);
    take_stop(line, *into.cause, into);
    into.counted = line.value("hosts", into.hosts.size());
    into.duration += std::chrono::milliseconds(line.value("duration_ms", 0));
    take_list(line, into);
}

bool is_of_host(std::string_view type) {
    return type == "command_sent" || type == "step_done" || type == "result";
}

class reader {
  public:
    explicit reader(std::string path) : path_(std::move(path)) {}

    void take_text(std::string const& text) {
        ++number_;
        auto const line = json::parse(text, nullptr, false);
        try {
            note_damage(line);
            if (line.is_object()) take_line(line);
        } catch (std::exception const& error) {
            refuse(path_, fmt::format("line {}: {}", number_, error.what()));
        }
    }

    read_file result() {
        if (found_.records.empty()) refuse(path_, "records no run: --merge takes ledgers and what --json has written");
        return std::move(found_);
    }

  private:
    /// A sudden end leaves such a line; then the file ends, or goes on with a run's line.
    void note_damage(json const& line) {
        if (!line.is_object()) {
            broken_ = broken_.value_or(number_);
        } else if (auto const broken = std::exchange(broken_, std::nullopt);
                   broken && line.value("type", "") != "run") {
            found_.damaged = found_.damaged.value_or(*broken);
        }
    }

    void take_line(json const& line) {
        auto const type = line.at("type").get<std::string>();
        if (type == "run") return take_run(line);
        bool const counts = type == "summary" || is_of_host(type), stops = type == "stopping";
        if (!counts && !line.contains("batch") && !stops) return;
        auto& record = record_of(line);
        if (stops) return take_stopping(line, record);
        if (counts && !record.is_ledger && record.cause) refuse_second(record);
        if (type == "summary") return take_summary(line, record);
        counts ? take_host_line(line, type, record) : take_span(line, type, record);
    }

    void take_run(json const& line) {
        if (!line.contains("command_hash")) return take_run_of_json(line);
        if (found_.records.empty()) {
            auto& record = found_.records.emplace_back();
            record.path = path_;
            record.is_ledger = true;
            record.is_rest = line.value("resumed", false);
        }
        if (!found_.records.front().is_ledger) refuse(path_, "has a ledger behind what --json has written");
        begin_run(line, found_.records.front());
    }

    void take_run_of_json(json const& line) {
        auto& record = record_of(line);
        if (record.names_hosts || record.cause) refuse_second(record);
        begin_run(line, record);
    }

    [[noreturn]] static void refuse_second(shard_record const& record) {
        refuse(record.path, fmt::format("has {} twice", record.whole ? "a whole run" : record.name()));
    }

    /// A line of an event names no shard, but a host, or stands behind the line of its run.
    shard_record& record_of(json const& line) {
        auto& records = found_.records;
        if (!records.empty() && records.front().is_ledger) return records.front();
        bool const names_shard = line.contains("shard");
        auto const host = text_of(line, "host");
        auto const is_it = [&](shard_record const& each) {
            if (names_shard) return !each.whole && each.shard == line.at("shard").get<std::size_t>();
            return host.empty() ? each.whole : each.index.contains(host);
        };
        if (auto const found = std::ranges::find_if(records, is_it); found != records.end()) return *found;
        if (!names_shard && !records.empty() && line.at("type") != "run") return records.back();
        auto& record = records.emplace_back();
        record.path = path_;
        take_shard(line, record);
        return record;
    }

    std::string path_;
    read_file found_;
    std::size_t number_ = 0;
    std::optional<std::size_t> broken_;  // the line before, when it makes no sense
};

}  // namespace

void refuse(std::string const& path, std::string_view reason) {
    throw merge_error(fmt::format("{}: {}", path == "-" ? "standard input" : path, reason));
}

std::size_t size_of_shard(std::size_t k, std::size_t shards, std::size_t list_size) {
    return k < list_size ? (list_size - k - 1) / shards + 1 : 0;
}

std::string shard_record::name() const {
    return whole ? std::string("the record") : fmt::format("shard {} of {}", shard, shards);
}

std::size_t shard_record::expected_hosts() const {
    return whole ? counted : std::max(counted, size_of_shard(shard, shards, list_size));
}

read_file read_shards(std::string const& path) {
    std::ifstream file;
    bool const is_input = path == "-";
    if (!is_input) file.open(path, std::ios::binary);
    if (!is_input && !file) refuse(path, "cannot be read");
    auto& from = is_input ? std::cin : static_cast<std::istream&>(file);
    reader lines(path);
    for (std::string text; std::getline(from, text);) lines.take_text(text);
    return lines.result();
}

}  // namespace muster::ledger
