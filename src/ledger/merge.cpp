// SPDX-License-Identifier: MIT
// Puts the hosts of all shards into the order of the list.
#include "ledger/merge.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace muster::ledger {

namespace {

std::string hosts_in_words(std::size_t count) {
    return fmt::format("{} host{}", count, count == 1 ? "" : "s");
}

bool differ(std::string const& one, std::string const& other) {
    return !one.empty() && !other.empty() && one != other;
}

/// What --json has written has no hash of the command, and the command in its line of the run alone.
bool has_other_command(shard_record const& one, shard_record const& other) {
    return differ(one.command_hash, other.command_hash) || differ(one.command, other.command);
}

void require_same_run(std::vector<shard_record> const& records) {
    auto const& first = records.front();
    if (first.is_rest) refuse(first.path, "records the rest of a run alone: give the ledgers of its shards, too");
    for (auto const& each : records) {
        if (each.whole && !each.is_rest && records.size() > 1)
            refuse(each.path, "records a whole run and no shard of one (--shard): give it alone");
        if (each.shards != first.shards && !each.is_rest)
            refuse(each.path, fmt::format("has {} shards, {} has {}", each.shards, first.path, first.shards));
        if (!each.whole && differ(each.list_hash, first.list_hash))
            refuse(each.path, fmt::format("is of another list of hosts than {}: the shards did not see the same hosts",
                                          first.path));
        if (has_other_command(each, first)) refuse(each.path, fmt::format("is of another command than {}", first.path));
    }
}

using shards_by_number = std::map<std::size_t, shard_record const*>;

shards_by_number by_number(std::vector<shard_record> const& records) {
    shards_by_number found;
    for (auto const& each : records) {
        if (each.is_rest) continue;
        auto const [place, fresh] = found.try_emplace(each.shard, &each);
        if (!fresh) refuse(each.path, fmt::format("is of shard {}, and so is {}", each.shard, place->second->path));
    }
    return found;
}

/// Of all shards; where no line tells it, none is known to be empty.
class shard_count {
  public:
    explicit shard_count(std::vector<shard_record> const& records) : shards_(records.front().shards) {
        for (auto const& each : records) list_size_ = std::max(list_size_, each.list_size);
    }

    /// Of those that have hosts.
    std::size_t end() const { return list_size_ == 0 ? shards_ : std::min(shards_, list_size_); }

    /// A file may claim any number: many that follow each other have one line.
    void name_missing(merged_run& to, std::size_t from, std::size_t until, std::string_view what) const {
        constexpr std::size_t most_lines = 100;
        if (until - from > most_lines) {
            to.missing.push_back(fmt::format("shards {} to {} of {} have no {}", from, until - 1, shards_, what));
            return;
        }
        for (std::size_t k = from; k < until; ++k) {
            auto const hosts =
                list_size_ == 0 ? "its hosts are" : hosts_in_words(size_of_shard(k, shards_, list_size_));
            to.missing.push_back(fmt::format("shard {} of {} has no {}: {} unknown", k, shards_, what, hosts));
        }
    }

  private:
    std::size_t shards_;
    std::size_t list_size_ = 0;
};

void add_missing_shards(merged_run& to, shards_by_number const& shards, std::vector<shard_record> const& records) {
    shard_count const all(records);
    auto const what = records.front().is_ledger ? "ledger" : "results";
    std::size_t next = 0;
    for (auto const& [k, record] : shards) {
        if (next < std::min(k, all.end())) all.name_missing(to, next, std::min(k, all.end()), what);
        next = k + 1;
    }
    if (next < all.end()) all.name_missing(to, next, all.end(), what);
}

/// A ledger has every host from its first line on.
void add_missing_hosts(merged_run& to, shards_by_number const& shards) {
    for (auto const& [k, record] : shards) {
        auto const expected = record->expected_hosts();
        auto const unknown = record->is_ledger ? 0 : expected - std::min(expected, record->hosts.size());
        if (!record->cause)
            to.missing.push_back(
                fmt::format("{} has no summary: {} was killed, or still {}{}", record->name(),
                            record->whole ? "its run" : "it", record->whole ? "goes on" : "runs",
                            unknown == 0 ? std::string() : fmt::format("; {} unknown", hosts_in_words(unknown))));
        else if (!record->is_ledger && record->hosts.size() != expected)
            to.missing.push_back(fmt::format("{} has results of {}, and not of {}", record->name(),
                                             hosts_in_words(record->hosts.size()), expected));
    }
}

/// The first host of every shard, then the second, ...: the order of the list.
void add_hosts(merged_run& to, shards_by_number const& shards) {
    std::size_t longest = 0;
    std::unordered_map<std::string_view, shard_record const*> places;
    for (auto const& [k, record] : shards) {
        longest = std::max(longest, record->hosts.size());
        to.told_to_end.insert(record->told_to_end.begin(), record->told_to_end.end());
        for (auto const& host : record->hosts)
            if (auto const [place, is_new] = places.try_emplace(host.host, record); !is_new)
                refuse(record->path, fmt::format("has {}, which {} has, too", host.host, place->second->path));
    }
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

void take_time(merged_run& to, shard_record const& from, std::string const& host) {
    auto const told = from.told_to_end.find(host);
    if (told != from.told_to_end.end()) to.told_to_end[host] = told->second;
}

void add_rests(merged_run& to, std::vector<shard_record> const& records) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < to.results.hosts.size(); ++i) places.emplace(to.results.hosts[i].host, i);
    for (auto const& rest : records) {
        if (!rest.is_rest) continue;
        for (auto const& host : rest.hosts) {
            auto const [place, is_new] = places.try_emplace(host.host, to.results.hosts.size());
            auto const counts = is_new || counts_more(host, to.results.hosts[place->second]);
            if (counts) take_time(to, rest, host.host);
            if (is_new) {
                to.results.hosts.push_back(host);
            } else if (counts) {
                to.results.hosts[place->second] = host;
            }
        }
        if (!rest.cause) to.missing.push_back(rest.path + " has no summary: it was killed, or still runs");
    }
}

/// Of the first that was stopped. A host that has ended well since then is to blame for nothing any more.
void add_stop(merged_run& to, std::vector<shard_record> const& records) {
    auto const record =
        std::ranges::find_if(records, [](auto const& each) { return each.stop.cause != stop_cause::none; });
    if (record == records.end()) return;
    auto& results = to.results;
    results.cause = record->stop.cause;
    auto const culprit = std::ranges::find(results.hosts, record->stop.culprit, &host_result::host);
    if (culprit != results.hosts.end() && culprit->state != final_state::ok)
        results.culprit = static_cast<std::size_t>(culprit - results.hosts.begin());
    if (!record->whole) return;
    results.batch = record->stop.batch;
    results.batches = record->stop.batches;
    results.reason = record->stop.reason;
}

/// What has come by a pipe is no ledger that a run could go on with.
void add_way_on(merged_run& to, std::vector<shard_record> const& records, std::vector<std::string> const& paths) {
    auto const is_named = [](auto const& each) { return each.start && !each.start->ledger.empty(); };
    if (std::ranges::all_of(records, &shard_record::is_ledger)) {
        if (std::ranges::find(paths, "-") == paths.end()) to.resumable = paths;
    } else if (std::ranges::all_of(records, is_named)) {
        for (auto const& each : records) to.resumable.push_back(each.start->ledger);
    } else if (std::ranges::none_of(records, &shard_record::is_ledger)) {
        to.start = records.front().start;
    }
}

}  // namespace

merged_run merge(std::vector<std::string> const& paths) {
    merged_run merged;
    std::vector<shard_record> records;
    for (auto const& path : paths) {
        auto found = read_shards(path);
        std::ranges::move(found.records, std::back_inserter(records));
        if (found.damaged)
            merged.missing.push_back(fmt::format(
                "{}:{}: is broken; the file is damaged, and what that line said is missing", path, *found.damaged));
    }
    if (records.empty()) throw merge_error("no ledger to merge");
    std::stable_partition(records.begin(), records.end(), [](auto const& each) { return !each.is_rest; });
    require_same_run(records);
    auto const shards = by_number(records);
    merged.command = records.front().command;
    add_hosts(merged, shards);
    add_rests(merged, records);
    add_missing_shards(merged, shards, records);
    add_missing_hosts(merged, shards);
    if (records.front().whole) merged.spans = records.front().spans;
    add_stop(merged, records);
    add_way_on(merged, records, paths);
    for (auto const& each : records) {
        merged.results.duration = std::max<std::chrono::nanoseconds>(merged.results.duration, each.duration);
        merged.has_output = merged.has_output || each.has_output;
    }
    return merged;
}

}  // namespace muster::ledger
