// SPDX-License-Identifier: MIT
// See resume.hpp.
#include "cli/resume.hpp"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "cli/targets.hpp"
#include "output/sanitise.hpp"

namespace muster::cli {

namespace {

void check_command(ledger::ledger_record const& record, arguments const& given) {
    if (!record.begun() || given.resume_any || command_hash(given.command) == record.command_hash()) return;
    throw target_error(
        fmt::format("{} is the ledger of another command: '{}', not '{}'; --resume-any takes it all the same",
                    given.resume, output::sanitised(record.command(), 200), output::sanitised(given.command, 200)));
}

[[noreturn]] void fail_without_run(std::string const& path) {
    throw target_error(fmt::format("{} records no run yet; give hosts and command", path));
}

/// Bytes that are no text are not in the ledger as they were.
std::string command_of(ledger::ledger_record const& record, std::string const& path) {
    if (!record.begun()) fail_without_run(path);
    if (command_hash(record.command()) != record.command_hash())
        throw target_error(fmt::format("{} does not hold the command as it was; give hosts and command", path));
    return record.command();
}

/// No option bypasses the ledger: -x and --pick choose among its hosts, too.
host_list targets_of(ledger::ledger_record const& record, arguments const& args, host_sources& sources) {
    if (!names_hosts(args) && !record.begun()) fail_without_run(args.resume);
    return read_hosts(args, sources, &record.hosts());
}

void sort_in(host const& one, ledger::ledger_fate fate, rest_of_run& into) {
    if (fate == ledger::ledger_fate::ok) {
        ++into.done;
    } else if (fate == ledger::ledger_fate::may_run && !into.given.resume_unknown) {
        into.may_run.push_back(one.label());
    } else {
        into.hosts.add(one);
    }
}

}  // namespace

std::string command_hash(std::string const& command) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    std::size_t size = 0;
    if (EVP_Q_digest(nullptr, "SHA256", nullptr, command.data(), command.size(), digest.data(), &size) != 1)
        throw std::runtime_error("libcrypto has no SHA-256");
    std::string text = "sha256:";
    for (std::size_t i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

ledger::ledger_record read_ledger(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw ledger::ledger_error(fmt::format("{}: cannot be read", path));
    return ledger::read_ledger(file, path);
}

rest_of_run rest_after(ledger::ledger_record const& record, arguments given, host_sources& sources) {
    if (given.command.empty()) given.command = command_of(record, given.resume);
    check_command(record, given);
    rest_of_run rest{std::move(given), {}, {}, 0};
    for (auto const& one : targets_of(record, rest.given, sources)) sort_in(one, record.fate_of(one), rest);
    return rest;
}

}  // namespace muster::cli
