// SPDX-License-Identifier: MIT
// Turns options into the steps of a job.
#include "cli/plan/make_job.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <muster/copy.hpp>

#include "cli/options/transport_table.hpp"
#include "cli/options/values.hpp"
#include "cli/plan/input.hpp"
#include "shell/quoting.hpp"

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

/// The steps of one run.
class steps_of_run {
  public:
    steps_of_run(arguments const& given, std::shared_ptr<std::string const> password,
                 std::function<std::string(std::size_t)> const& command_for)
        : given_(given), command_for_(command_for) {
        if (given.sudo) rights_ = sudo_terms{*given.sudo, std::move(password)};
    }

    std::vector<job_step> all() {
        for (auto& one : pushes_of(given_)) add_push(std::move(one.what));
        if (!given_.script.empty()) {
            add_script();
        } else if (!given_.command.empty()) {
            add_command();
        }
        if (!given_.check.empty()) add_check();
        for (auto const& one : given_.pulls) add_pull(one);
        for (auto const& one : given_.always) all_.emplace_back(always_step{own(one)});
        return std::move(all_);
    }

  private:
    step own(std::string const& command) const {
        step one{line_of(command)};
        one.sudo = rights_;
        return one;
    }

    std::string line_of(std::string const& command) const {
        return given_.environment.empty() ? command : shell::with_variables(given_.environment, command);
    }

    std::function<std::string(std::size_t)> line_for() const {
        if (given_.environment.empty() || !command_for_) return command_for_;
        return [variables = given_.environment, make = command_for_](std::size_t host) {
            return shell::with_variables(variables, make(host));
        };
    }

    void add_push(push_step one) {
        one.sudo = rights_;
        all_.emplace_back(std::move(one));
    }

    void add_command() {
        auto one = own(given_.command);
        one.command_for = line_for();
        set_input(one);
        if (given_.lease) one.lease = lease_terms{.grace = given_.how.grace};
        all_.emplace_back(std::move(one));
    }

    void set_input(step& of) const {
        if (!has_input_of_each_host(given_)) {
            of.input = input_for(given_);
        } else {
            of.input_for = [path = given_.input](std::string const& host) {
                return command_input::of_file(with_host(path, host));
            };
        }
    }

    void add_script() {
        auto one = script_of(given_.script, given_.script_words);
        if (!given_.environment.empty()) {
            std::vector<std::string> words{"env"};
            words.insert(words.end(), given_.environment.begin(), given_.environment.end());
            one.interpreter.insert(one.interpreter.begin(), words.begin(), words.end());
        }
        set_input(one.with);
        one.with.sudo = rights_;
        all_.emplace_back(std::move(one));
    }

    void add_check() {
        check_step one(own(given_.check));
        one.within = given_.check_for;
        one.hold = given_.check_hold;
        all_.emplace_back(std::move(one));
    }

    /// The last colon: folders of this machine have fewer than paths of hosts.
    void add_pull(std::string const& given) {
        auto const colon = given.rfind(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == given.size())
            throw usage_error("--pull '" + given + "': must be SRC:DIR, a path on the hosts and a folder here");
        auto one = pull_of(given.substr(0, colon), given.substr(colon + 1), given_.pull_max,
                           given_.pulls_beside ? pulled_name::with_host : pulled_name::in_folder_of_host);
        one.sudo = rights_;
        all_.emplace_back(std::move(one));
    }

    arguments const& given_;
    std::function<std::string(std::size_t)> const& command_for_;
    std::optional<sudo_terms> rights_;
    std::vector<job_step> all_;
};

}  // namespace

std::vector<named_push> pushes_of(arguments const& given) {
    std::vector<named_push> all;
    for (auto const& text : given.pushes) {
        auto const [source, target] = source_and_target(text);
        if (transport_of(given).reads_ssh_config && target.find("{host}") != std::string::npos)
            throw usage_error("--push '" + text + "': {host} is for the path here, not for the one on the hosts");
        all.push_back({source, push_of(source, target)});
    }
    return all;
}

job make_job(arguments const& given, std::shared_ptr<std::string const> password,
             std::function<std::string(std::size_t)> const& command_for) {
    return job(steps_of_run(given, std::move(password), command_for).all());
}

}  // namespace muster::cli
