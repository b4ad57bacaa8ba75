// SPDX-License-Identifier: MIT
// Which part of the hosts is ours, by the command line or by the engine's variables.
#include "cli/options/shard.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hosts/host_text.hpp"
#include "ledger/command_hash.hpp"

namespace muster::cli {

namespace {

std::optional<std::size_t> to_count(std::string_view text) {
    std::size_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

[[noreturn]] void refuse(std::string const& reason) {
    throw usage_error("--shard " + reason);
}

/// Reads variables that engines set.
class engine_variables {
  public:
    explicit engine_variables(environment const& variables) : variables_(variables) {}

    bool has(char const* name) const { return !text(name).empty(); }

    std::size_t number(char const* name) const {
        auto const value = to_count(text(name));
        if (!value) refuse(fmt::format("auto: {} is '{}', which is no number", name, hosts::printable(text(name))));
        return *value;
    }

    /// A pair of which `base` is the number of the first. Nothing: the engine is another.
    std::optional<shard> pair(char const* index, char const* count, std::size_t base = 0) const {
        if (!has(index)) return std::nullopt;
        if (!has(count)) refuse(fmt::format("auto: {} is set and {} is not: give both, or K/N", index, count));
        auto const position = number(index);
        if (position < base) refuse(fmt::format("auto: {} is {}, and counts from {}", index, position, base));
        return shard{position - base, number(count)};
    }

    /// Tasks of an array. Looked at before SLURM_PROCID, which each of its jobs has, too: as 0 of 1 each of them would
    /// have the whole list.
    std::optional<shard> slurm_array() const {
        if (!has("SLURM_ARRAY_TASK_ID")) return std::nullopt;
        for (auto const* const name : {"SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX"})
            if (!has(name)) refuse(fmt::format("auto: SLURM_ARRAY_TASK_ID is set and {} is not", name));
        if (has("SLURM_NTASKS") && number("SLURM_NTASKS") > 1)
            refuse("auto: this is an array of jobs with several tasks each; give K/N");
        auto const least = number("SLURM_ARRAY_TASK_MIN");
        auto const step = has("SLURM_ARRAY_TASK_STEP") ? number("SLURM_ARRAY_TASK_STEP") : 1;
        auto const position = number("SLURM_ARRAY_TASK_ID");
        auto const most = number("SLURM_ARRAY_TASK_MAX");
        if (step == 0 || position < least || most < least || (position - least) % step != 0)
            refuse("auto: the array has holes; give K/N");
        shard const found{(position - least) / step, (most - least) / step + 1};
        if (has("SLURM_ARRAY_TASK_COUNT") && number("SLURM_ARRAY_TASK_COUNT") != found.count)
            refuse("auto: the array has holes; give K/N");
        return found;
    }

  private:
    std::string text(char const* name) const {
        auto const* const value = variables_(name);
        return value == nullptr ? std::string() : std::string(value);
    }

    environment const& variables_;
};

/// An engine may run within another: Slurm's variables are in each MPI job that it starts, and a single task of Slurm's
/// may start GNU parallel. Which of two parts is ours can't be guessed.
shard from_engine(environment const& variables) {
    engine_variables const engine(variables);
    std::vector<std::pair<std::string_view, shard>> said;
    auto const note = [&](std::string_view name, std::optional<shard> const& part) {
        if (part) said.emplace_back(name, *part);
    };
    auto const array = engine.slurm_array();
    note("SLURM_ARRAY_TASK_ID", array);
    if (!array) note("SLURM_PROCID", engine.pair("SLURM_PROCID", "SLURM_NTASKS"));
    note("JOB_COMPLETION_INDEX", engine.pair("JOB_COMPLETION_INDEX", "MUSTER_SHARDS"));
    note("OMPI_COMM_WORLD_RANK", engine.pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"));
    note("PMI_RANK", engine.pair("PMI_RANK", "PMI_SIZE"));
    if (engine.has("MUSTER_SHARDS") || said.empty())
        note("PARALLEL_SEQ", engine.pair("PARALLEL_SEQ", "MUSTER_SHARDS", 1));
    if (said.empty())
        refuse(
            "auto: none of SLURM_ARRAY_TASK_ID, SLURM_PROCID, JOB_COMPLETION_INDEX, OMPI_COMM_WORLD_RANK, PMI_RANK and "
            "PARALLEL_SEQ is set: no engine says which part is ours; give K/N");
    if (std::ranges::any_of(said, [](auto const& each) { return each.second.count > 1; }))
        std::erase_if(said, [](auto const& each) { return each.second.count == 1; });
    auto const& [first, ours] = said.front();
    for (auto const& [name, part] : said)
        if (part.index != ours.index || part.count != ours.count)
            refuse(fmt::format("auto: {} says {}/{} and {} says {}/{}; give K/N", first, ours.index, ours.count, name,
                               part.index, part.count));
    return ours;
}

}  // namespace

shard to_shard(std::string_view text, environment const& variables) {
    shard part;
    if (text == "auto") {
        part = from_engine(variables);
    } else {
        auto const slash = text.find('/');
        auto const index = to_count(text.substr(0, slash));
        auto const count = slash == std::string_view::npos ? std::nullopt : to_count(text.substr(slash + 1));
        if (!index || !count) refuse(fmt::format("'{}' must be K/N, such as 0/8, or auto", hosts::printable(text)));
        part = {*index, *count};
    }
    if (part.count == 0) refuse(fmt::format("{}/0: there must be one shard at least", part.index));
    if (part.index >= part.count)
        refuse(fmt::format("{}/{}: shards are numbered from 0 to {}", part.index, part.count,
                           part.count == 0 ? 0 : part.count - 1));
    return part;
}

host_list hosts_of(shard const& part, host_list const& hosts) {
    host_list ours;
    for (std::size_t position = part.index; position < hosts.size(); position += part.count) ours.add(hosts[position]);
    return ours;
}

std::string list_hash(host_list const& hosts) {
    std::string labels;
    for (auto const& each : hosts) labels += each.label() + '\n';
    return ledger::command_hash(labels);
}

std::string path_of_shard(std::string const& path, std::string_view option, shard const& part) {
    constexpr std::string_view mark = "{shard}";
    auto const position = path.find(mark);
    if (position != std::string::npos)
        return path.substr(0, position) + std::to_string(part.index) + path.substr(position + mark.size());
    if (part.count > 1 && !path.empty())
        throw usage_error(fmt::format("{} {}: {} shards can't write one file; put {{shard}} into its name", option,
                                      hosts::printable(path), part.count));
    return path;
}

}  // namespace muster::cli
