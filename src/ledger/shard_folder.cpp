// SPDX-License-Identifier: MIT
// Joins the records, and puts the hosts of all shards into the order of the list.
#include "ledger/shard_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

namespace muster::ledger {

namespace {

struct named_record {
    std::string path;
    record known;
};

std::vector<std::string> files_of(std::string const& folder) {
    std::vector<std::string> paths;
    std::error_code error;
    for (std::filesystem::directory_iterator each(folder, error), end; !error && each != end; each.increment(error))
        paths.push_back(each->path().string());
    if (error) throw record_error(fmt::format("{}: {}", folder, error.message()));
    std::ranges::sort(paths);
    return paths;
}

[[noreturn]] void fail(std::string const& path, std::string_view reason) {
    throw record_error(fmt::format("{}: {}", path, reason));
}

void require_same_run(named_record const& one, named_record const& first) {
    if (one.known.command_hash() != first.known.command_hash())
        fail(one.path, fmt::format("is of another command than {}", first.path));
    auto const* const shard = one.known.shard();
    auto const* const other = first.known.shard();
    if (shard != nullptr && other != nullptr && shard->list_hash != other->list_hash)
        fail(one.path, fmt::format("is of another list of hosts than {}", first.path));
}

std::vector<named_record> read_all(std::vector<std::string> const& paths) {
    std::vector<named_record> found;
    for (auto const& path : paths) {
        auto known = read_record_file(path);
        if (!known.begun()) continue;
        found.push_back({path, std::move(known)});
        require_same_run(found.back(), found.front());
    }
    return found;
}

/// Hosts of the list that shard k has: k, k + N, ...
std::size_t size_of_shard(recorded_shard const& of, std::size_t k) {
    return k < of.list_size ? (of.list_size - k - 1) / of.count + 1 : 0;
}

/// The ledgers of the shards of a number, but for those of a rest, which have fewer hosts.
class whole_list {
  public:
    whole_list(std::vector<named_record> const& all, std::size_t count) {
        for (auto const& each : all) {
            auto const* const shard = each.known.shard();
            if (shard == nullptr || shard->count != count) continue;
            any_ = *shard;
            if (each.known.hosts().size() == size_of_shard(*shard, shard->index)) shards_[shard->index] = &each.known;
        }
    }

    std::string const& hash() const { return any_->list_hash; }

    std::vector<std::string> lacking() const {
        std::vector<std::string> words;
        for (std::size_t k = 0; k < std::min(any_->count, any_->list_size); ++k)
            if (!shards_.contains(k)) words.push_back(fmt::format("shard {} of {} has no ledger", k, any_->count));
        return words;
    }

    /// When nothing is lacking.
    std::vector<std::string> labels() const {
        std::vector<std::string> labels;
        for (std::size_t place = 0; place < any_->list_size; ++place)
            labels.push_back(shards_.at(place % any_->count)->hosts()[place / any_->count].label());
        return labels;
    }

  private:
    std::optional<recorded_shard> any_;
    std::map<std::size_t, record const*> shards_;
};

/// The number of which the fewest shards are lacking.
std::optional<whole_list> list_of(std::vector<named_record> const& all) {
    std::optional<whole_list> best;
    for (auto const& each : all) {
        if (each.known.shard() == nullptr) continue;
        whole_list list(all, each.known.shard()->count);
        if (!best || list.lacking().size() < best->lacking().size()) best = std::move(list);
    }
    return best;
}

}  // namespace

std::string rest_path(std::string const& folder, std::size_t index, std::size_t count) {
    auto const name = count == 1 ? std::string("rest.jsonl") : fmt::format("rest-{}-of-{}.jsonl", index, count);
    return (std::filesystem::path(folder) / name).string();
}

shard_folder read_shard_folder(std::string const& folder, std::size_t count) {
    shard_folder result;
    auto const paths = files_of(folder);
    std::set<std::string> of_same_rest;
    for (std::size_t k = 0; k < count; ++k) of_same_rest.insert(rest_path(folder, k, count));
    for (auto const& path : paths)
        if (!of_same_rest.contains(path)) result.others.emplace_back(path, file::opening::shared);
    auto const all = read_all(paths);
    if (all.empty()) fail(folder, "holds no ledger that records a run");
    auto const list = list_of(all);
    if (!list) fail(folder, "holds no ledger of a shard (--shard); give the ledger itself");
    result.list_hash = list->hash();
    result.lacking = list->lacking();
    result.all = all.front().known.without_hosts();
    if (result.lacking.empty())
        for (auto const& label : list->labels()) result.all.add_host(label);
    for (auto const& each : all) result.all.join(each.known);
    return result;
}

}  // namespace muster::ledger
