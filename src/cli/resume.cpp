// SPDX-License-Identifier: MIT
// See resume.hpp.
#include "cli/resume.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/targets.hpp"
#include "ledger/command_hash.hpp"
#include "output/sanitise.hpp"

namespace muster::cli {

namespace {

void check_command(ledger::record const& record, arguments const& given) {
    if (!record.begun() || given.resume_any || ledger::command_hash(given.command) == record.command_hash()) return;
    throw target_error(
        fmt::format("{} is the ledger of another command: '{}', not '{}'; --resume-any takes it all the same",
                    given.resume, output::sanitised(record.command(), 200), output::sanitised(given.command, 200)));
}

[[noreturn]] void fail_without_run(std::string const& path) {
    throw target_error(fmt::format("{} records no run yet; give hosts and command", path));
}

/// Bytes that are no text are not in the ledger as they were.
std::string command_of(ledger::record const& record, std::string const& path) {
    if (!record.begun()) fail_without_run(path);
    if (ledger::command_hash(record.command()) != record.command_hash())
        throw target_error(fmt::format("{} does not hold the command as it was; give hosts and command", path));
    return record.command();
}

/// No option bypasses the ledger: -x and --pick choose among its hosts, too.
host_list targets_of(ledger::record const& record, arguments const& args, host_sources& sources) {
    if (!names_hosts(args) && !record.begun()) fail_without_run(args.resume);
    return read_hosts(args, sources, &record.hosts());
}

void sort_in(host const& one, ledger::host_fate fate, rest_of_run& into) {
    auto const number = into.numbers.count++;
    if (fate == ledger::host_fate::ok) {
        ++into.done;
    } else if (fate == ledger::host_fate::may_run && !into.given.resume_unknown) {
        into.may_run.push_back(one.label());
    } else {
        into.hosts.add(one);
        into.numbers.of_host.push_back(number);
    }
}

}  // namespace

rest_of_run rest_after(ledger::record const& record, arguments given, host_sources& sources) {
    if (given.command.empty()) given.command = command_of(record, given.resume);
    check_command(record, given);
    rest_of_run rest{std::move(given), {}, {}, {}, 0};
    for (auto const& one : targets_of(record, rest.given, sources)) sort_in(one, record.fate_of(one), rest);
    return rest;
}

}  // namespace muster::cli
