// SPDX-License-Identifier: MIT
// Turns options into the steps of a job.
#include "cli/make_job.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <muster/copy.hpp>

#include "cli/input.hpp"

namespace muster::cli {

namespace {

bool names_source(std::string const& path) {
    return path.find("{host}") != std::string::npos || std::filesystem::exists(std::filesystem::symlink_status(path));
}

/// "SRC[:DST]": a name may hold a colon, so that the shortest one that is there is the source.
std::pair<std::string, std::string> source_and_target(std::string const& given) {
    for (auto colon = given.find(':'); colon != std::string::npos; colon = given.find(':', colon + 1)) {
        auto const source = given.substr(0, colon);
        if (names_source(source)) return {source, given.substr(colon + 1)};
    }
    auto const colon = names_source(given) ? std::string::npos : given.find(':');
    return {given.substr(0, colon), {}};
}

push_step push_for(std::string const& given) {
    auto const [source, target] = source_and_target(given);
    return push_of(source, target);
}

}  // namespace

job make_job(arguments const& given, std::function<std::string(std::size_t)> const& command_for) {
    std::vector<job_step> steps;
    for (auto const& one : given.pushes) steps.emplace_back(push_for(one));
    if (!given.command.empty()) {
        step command{given.command, input_for(given)};
        command.command_for = command_for;
        if (given.lease) command.lease = lease_terms{.grace = given.how.grace};
        steps.emplace_back(std::move(command));
    }
    return job(std::move(steps));
}

}  // namespace muster::cli
