// SPDX-License-Identifier: MIT
// Opens, locks and reads what an earlier run has left.
#include "cli/plan/earlier_run.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/hosts/targets.hpp"
#include "cli/options/shard.hpp"
#include "cli/plan/resume.hpp"
#include "cli/process/process.hpp"
#include "ledger/shard_folder.hpp"
#include "output/words/words.hpp"

namespace muster::cli {

namespace {

shard part_of(arguments const& args) {
    return args.part.value_or(shard{0, 1});
}

ledger::file open_or_fail(std::string const& path, ledger::file::opening kind) {
    try {
        return ledger::file(path, kind);
    } catch (write_error const& error) {
        throw target_error(error.what());
    }
}

ledger::file open_to_resume(arguments const& args) {
    bool const is_new = ::access(args.resume.c_str(), F_OK) != 0 && errno == ENOENT;
    bool const is_complete = names_hosts(args) && !args.command.empty();
    if (is_new && !is_complete)
        throw target_error(
            fmt::format("{} does not exist; for a first run give hosts with -w, and the command", args.resume));
    auto file =
        open_or_fail(args.resume, is_new ? ledger::file::opening::existing_or_new : ledger::file::opening::existing);
    if (is_new && !args.quiet)
        say(fmt::format("{} does not exist yet: nothing is done, and all hosts run", args.resume));
    return file;
}

void remove_if_empty(std::string const& path) {
    std::error_code unknown;
    if (std::filesystem::is_empty(path, unknown)) std::filesystem::remove(path, unknown);
}

ledger::shard_folder read_folder(arguments const& args, std::size_t count) {
    auto folder = ledger::read_shard_folder(args.resume, count);
    if (!folder.lacking.empty() && !names_hosts(args))
        throw target_error(fmt::format("{}: {}: its hosts are not known; name all hosts with -w", args.resume,
                                       fmt::join(folder.lacking, ", ")));
    return folder;
}

earlier_run open_folder(arguments const& args) {
    auto const part = part_of(args);
    auto ours =
        open_or_fail(ledger::rest_path(args.resume, part.index, part.count), ledger::file::opening::existing_or_new);
    try {
        auto folder = read_folder(args, part.count);
        return {std::move(ours), std::move(folder.all), std::move(folder.others), std::move(folder.list_hash)};
    } catch (error const&) {
        remove_if_empty(ours.path());
        throw;
    }
}

}  // namespace

earlier_run open_earlier_run(arguments const& args) {
    if (args.resumes_folder) return open_folder(args);
    auto ours = open_to_resume(args);
    return {std::move(ours), ledger::read_record_file(args.resume)};
}

std::optional<output::part_of_list> shard_of(arguments const& args, host_sources& sources, host_list const* recorded) {
    if (!args.part) return std::nullopt;
    auto const whole = read_whole_list(args, sources, recorded);
    return output::part_of_list{args.part->index, args.part->count, list_hash(whole), whole.size()};
}

/// Goes on with what the ledger has, unless the hosts are given again.
std::optional<output::part_of_list> shard_of(arguments const& args, host_sources& sources, earlier_run const& earlier) {
    auto const& record = earlier.record;
    if (args.resumes_folder) {
        auto part = shard_of(args, sources, &record.hosts());
        if (part && part->list_hash != earlier.list_hash)
            throw target_error(
                fmt::format("{} holds the ledgers of another list: here are {}; without hosts and -x the shards go on "
                            "with theirs",
                            args.resume, output::hosts_in_words(part->list_size)));
        return part;
    }
    if (names_hosts(args) || record.shard() == nullptr) {
        auto part = shard_of(args, sources);
        check_same_part(record, part, args.resume);
        return part;
    }
    auto const& before = *record.shard();
    return output::part_of_list{before.index, before.count, before.list_hash, before.list_size};
}

}  // namespace muster::cli
