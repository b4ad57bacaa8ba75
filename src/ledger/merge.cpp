// SPDX-License-Identifier: MIT
// Reads each file, then puts the hosts of all shards into the order of the list.
#include "ledger/merge.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace muster::ledger {

namespace {

using nlohmann::json;

/// The last run of a file, with those that it goes on with.
struct shard_record {
    std::string path;
    std::size_t shard = 0;
    std::size_t shards = 0;  // 0: nothing was read
    bool whole = true;       // no shard
    bool is_rest = false;    // of --resume with a folder: it begins by going on
    bool is_ledger = false;
    bool has_output = false;
    std::vector<recorded_span> spans;
    std::string list_hash;
    std::size_t list_size = 0;
    std::string command;
    std::string command_hash;
    std::vector<host_result> hosts;
    std::unordered_map<std::string, std::size_t> index;
    std::optional<stop_cause> cause;     // of its summary; empty: it has none
    std::optional<std::size_t> broken;   // the line before, when it makes no sense
    std::optional<std::size_t> damaged;  // the first such line that no sudden end has left
    std::chrono::milliseconds duration{};
};

[[noreturn]] void refuse(std::string const& path, std::string_view reason) {
    throw merge_error(fmt::format("{}: {}", path, reason));
}

std::string hosts_in_words(std::size_t count) {
    return fmt::format("{} host{}", count, count == 1 ? "" : "s");
}

template <class Enum>
std::optional<Enum> from_word(std::string_view word, Enum last) {
    for (int value = 0; value <= static_cast<int>(last); ++value)
        if (to_string(static_cast<Enum>(value)) == word) return static_cast<Enum>(value);
    return std::nullopt;
}

void take_shard(json const& line, shard_record& into) {
    into.whole = !line.contains("shard");
    into.shard = line.value("shard", std::size_t{0});
    into.shards = line.value("shards", std::size_t{1});
    into.list_hash = line.value("list_hash", "");
    into.list_size = into.whole ? line.at("targets").size() : line.at("list_size").get<std::size_t>();
}

std::size_t index_of(std::string const& host, shard_record& into) {
    auto const [place, fresh] = into.index.try_emplace(host, into.hosts.size());
    if (fresh) into.hosts.emplace_back().host = host;
    return place->second;
}

void begin_run(json const& line, shard_record& into) {
    if (into.shards == 0) into.is_rest = line.value("resumed", false) && line.contains("command_hash");
    if (!line.value("resumed", false)) {
        into.hosts.clear();
        into.index.clear();
        into.spans.clear();
    }
    take_shard(line, into);
    into.is_ledger = line.contains("command_hash");
    into.command = line.value("command", "");
    into.command_hash = line.value("command_hash", "");
    into.cause.reset();
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
                                          hosts_in_words(line.value("hosts", std::size_t{0}))),
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
    if (into.shards == 0) into.shards = 1;
    auto const name = line.at("host").get<std::string>();
    if (!into.whole && !into.index.contains(name)) refuse(into.path, "has a host that its run does not name");
    auto& host = into.hosts.at(index_of(name, into));
    if (type == "result") {
        into.has_output = into.has_output || line.contains("stdout") || line.contains("stdout_b64");
        take_result(line, host);
        take_stages(line, host);
        return;
    }
    bool const is_done = type == "step_done";
    if (is_done && line.at("stage") != to_string(stage::command)) return;
    host.state = final_state::lost;
    host.command = is_done ? command_fate::ended : command_fate::unknown;
    host.stage = stage::command;
    host.error = into.whole ? "the record ends here" : "the shard's record ends here";
}

void take_line(json const& line, shard_record& into) {
    auto const type = line.at("type").get<std::string>();
    if (type == "run") return begin_run(line, into);
    if (type == "command_sent" || type == "step_done" || type == "result") return take_host_line(line, type, into);
    if (type != "summary") {
        if (line.contains("batch") && type != "stopping") take_span(line, type, into);
        return;
    }
    into.cause = from_word(line.at("stop").get<std::string>(), last_stop_cause).value_or(stop_cause::none);
    into.duration += std::chrono::milliseconds(line.value("duration_ms", 0));
}

/// A sudden end leaves such a line; then the file ends, or goes on with a run's line.
void note_damage(json const& line, std::size_t number, shard_record& into) {
    if (!line.is_object()) {
        into.broken = into.broken.value_or(number);
    } else if (auto const broken = std::exchange(into.broken, std::nullopt);
               broken && line.value("type", "") != "run") {
        into.damaged = into.damaged.value_or(*broken);
    }
}

shard_record read(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) refuse(path, "cannot be read");
    shard_record record;
    record.path = path;
    std::size_t number = 0;
    for (std::string text; std::getline(file, text);) {
        ++number;
        auto const line = json::parse(text, nullptr, false);
        try {
            note_damage(line, number, record);
            if (!line.is_object()) continue;
            take_line(line, record);
        } catch (std::exception const& error) {
            refuse(path, fmt::format("line {}: {}", number, error.what()));
        }
    }
    if (record.shards == 0) refuse(path, "records no run: --merge takes ledgers and what --json has written");
    return record;
}

void require_same_run(std::vector<shard_record> const& records) {
    auto const& first = records.front();
    if (first.is_rest) refuse(first.path, "records the rest of a run alone: give the ledgers of its shards, too");
    for (auto const& each : records) {
        if (each.whole && !each.is_rest && records.size() > 1)
            refuse(each.path, "records a whole run and no shard of one (--shard): give it alone");
        if (each.shards != first.shards && !each.is_rest)
            refuse(each.path, fmt::format("has {} shards, {} has {}", each.shards, first.path, first.shards));
        if (!each.whole && each.list_hash != first.list_hash)
            refuse(each.path, fmt::format("is of another list of hosts than {}: the shards did not see the same hosts",
                                          first.path));
        if (each.command_hash != first.command_hash)
            refuse(each.path, fmt::format("is of another command than {}", first.path));
    }
}

std::map<std::size_t, shard_record const*> by_number(std::vector<shard_record> const& records) {
    std::map<std::size_t, shard_record const*> found;
    for (auto const& each : records) {
        if (each.is_rest) continue;
        auto const [place, fresh] = found.try_emplace(each.shard, &each);
        if (!fresh) refuse(each.path, fmt::format("is of shard {}, and so is {}", each.shard, place->second->path));
    }
    return found;
}

/// Hosts of the list that shard k has: k, k + N, ...
std::size_t size_of_shard(std::size_t k, shard_record const& any) {
    return k < any.list_size ? (any.list_size - k - 1) / any.shards + 1 : 0;
}

void add_missing(merged_run& to, std::map<std::size_t, shard_record const*> const& shards, shard_record const& any) {
    for (std::size_t k = 0; k < any.shards; ++k) {
        auto const found = shards.find(k);
        auto const hosts = hosts_in_words(size_of_shard(k, any));
        if (found == shards.end() && size_of_shard(k, any) > 0)
            to.missing.push_back(fmt::format("shard {} of {} has no ledger: {} unknown", k, any.shards, hosts));
        if (found != shards.end() && !found->second->cause && any.whole)
            to.missing.push_back("the record has no summary: its run was killed, or still goes on");
        else if (found != shards.end() && !found->second->cause)
            to.missing.push_back(
                fmt::format("shard {} of {} has no summary: it was killed, or still runs", k, any.shards));
    }
}

/// The first host of every shard, then the second, ...: the order of the list.
void add_hosts(merged_run& to, std::map<std::size_t, shard_record const*> const& shards) {
    std::size_t longest = 0;
    for (auto const& [k, record] : shards) longest = std::max(longest, record->hosts.size());
    for (std::size_t position = 0; position < longest; ++position)
        for (auto const& [k, record] : shards)
            if (position < record->hosts.size()) to.results.hosts.push_back(record->hosts[position]);
}

/// Of a host that several ledgers know: an `ok` counts more than anything, a command that may run more than one that
/// has ended, and otherwise the later try.
bool counts_more(host_result const& one, host_result const& than) {
    auto const rank = [](host_result const& host) {
        return host.state == final_state::ok ? 2 : host.command == command_fate::unknown ? 1 : 0;
    };
    if (rank(one) != rank(than)) return rank(one) > rank(than);
    return one.attempts > 0 && (than.attempts == 0 || one.started > than.started);
}

void add_rests(merged_run& to, std::vector<shard_record> const& records) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < to.results.hosts.size(); ++i) places.emplace(to.results.hosts[i].host, i);
    for (auto const& rest : records) {
        if (!rest.is_rest) continue;
        for (auto const& host : rest.hosts) {
            auto const [place, is_new] = places.try_emplace(host.host, to.results.hosts.size());
            if (is_new) {
                to.results.hosts.push_back(host);
            } else if (auto& known = to.results.hosts[place->second]; counts_more(host, known)) {
                known = host;
            }
        }
        if (!rest.cause) to.missing.push_back(rest.path + " has no summary: it was killed, or still runs");
    }
}

}  // namespace

merged_run merge(std::vector<std::string> const& paths) {
    std::vector<shard_record> records;
    records.reserve(paths.size());
    for (auto const& path : paths) records.push_back(read(path));
    if (records.empty()) throw merge_error("no ledger to merge");
    std::stable_partition(records.begin(), records.end(), [](auto const& each) { return !each.is_rest; });
    require_same_run(records);
    auto const shards = by_number(records);
    merged_run merged;
    merged.command = records.front().command;
    add_hosts(merged, shards);
    add_rests(merged, records);
    add_missing(merged, shards, records.front());
    if (records.front().whole) merged.spans = records.front().spans;
    if (std::ranges::all_of(records, &shard_record::is_ledger)) merged.resumable = paths;
    for (auto const& each : records) {
        if (each.damaged)
            merged.missing.push_back(fmt::format(
                "{}:{}: is broken; the file is damaged, and what that line said is missing", each.path, *each.damaged));
        merged.results.duration = std::max<std::chrono::nanoseconds>(merged.results.duration, each.duration);
        merged.has_output = merged.has_output || each.has_output;
        if (merged.results.cause == stop_cause::none) merged.results.cause = each.cause.value_or(stop_cause::none);
    }
    return merged;
}

}  // namespace muster::ledger
