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
#include "cli/plan/local_folders.hpp"
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
    steps_of_run(arguments const& args, std::shared_ptr<std::string const> password,
                 std::function<std::string(std::size_t)> const& command_for)
        : args_(args), command_for_(command_for) {
        if (args.sudo) rights_ = sudo_terms{*args.sudo, std::move(password)};
    }

    std::vector<job_step> all() {
        for (auto& push : pushes_of(args_)) add_push(std::move(push.what));
        if (!args_.script.empty()) {
            add_script();
        } else if (!args_.command.empty()) {
            add_command();
        }
        if (!args_.check.empty()) add_check();
        for (auto const& pull : args_.pulls) add_pull(pull);
        for (auto const& text : args_.always) all_.emplace_back(always_step{own(text)});
        return std::move(all_);
    }

  private:
    step own(std::string const& command) const {
        step step{line_of(command)};
        step.sudo = rights_;
        return step;
    }

    std::string line_of(std::string const& command) const {
        return args_.environment.empty() ? command : shell::with_variables(args_.environment, command);
    }

    std::function<std::string(std::size_t)> line_for() const {
        if (args_.environment.empty() || !command_for_) return command_for_;
        return [variables = args_.environment, make = command_for_](std::size_t host) {
            return shell::with_variables(variables, make(host));
        };
    }

    void add_push(push_step push) {
        push.sudo = rights_;
        all_.emplace_back(std::move(push));
    }

    void add_command() {
        auto step = own(args_.command);
        step.command_for = line_for();
        set_input(step);
        if (args_.lease) step.lease = lease_terms{.grace = args_.how.grace};
        all_.emplace_back(std::move(step));
    }

    void set_input(step& of) const {
        if (!has_input_of_each_host(args_)) {
            of.input = input_for(args_);
        } else {
            of.input_for = [path = args_.input](std::string const& host) {
                return command_input::of_file(with_host(path, host));
            };
        }
    }

    void add_script() {
        auto script = script_of(args_.script, args_.script_words);
        if (!args_.environment.empty()) {
            std::vector<std::string> words{"env"};
            words.insert(words.end(), args_.environment.begin(), args_.environment.end());
            script.interpreter.insert(script.interpreter.begin(), words.begin(), words.end());
        }
        set_input(script.with);
        script.with.sudo = rights_;
        all_.emplace_back(std::move(script));
    }

    void add_check() {
        check_step check(own(args_.check));
        check.within = args_.check_for;
        check.hold = args_.check_hold;
        all_.emplace_back(std::move(check));
    }

    void add_pull(std::string const& given) {
        auto const [source, folder] = source_and_folder(given);
        auto pull = pull_of(source, folder, args_.pull_max,
                            args_.pulls_beside ? pulled_name::with_host : pulled_name::in_folder_of_host);
        pull.sudo = rights_;
        all_.emplace_back(std::move(pull));
    }

    arguments const& args_;
    std::function<std::string(std::size_t)> const& command_for_;
    std::optional<sudo_terms> rights_;
    std::vector<job_step> all_;
};

}  // namespace

std::vector<named_push> pushes_of(arguments const& args) {
    std::vector<named_push> all;
    for (auto const& text : args.pushes) {
        auto const [source, target] = source_and_target(text);
        if (transport_of(args).reads_ssh_config && target.find("{host}") != std::string::npos)
            throw usage_error("--push '" + text + "': {host} is for the path here, not for the one on the hosts");
        all.push_back({source, push_of(source, target)});
    }
    return all;
}

job make_job(arguments const& args, std::shared_ptr<std::string const> password,
             std::function<std::string(std::size_t)> const& command_for) {
    return job(steps_of_run(args, std::move(password), command_for).all());
}

}  // namespace muster::cli
