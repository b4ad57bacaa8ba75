// SPDX-License-Identifier: MIT
// Turns options into the steps of a job.
#include "cli/plan/make_job.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <muster/copy.hpp>

#include "cli/options/values.hpp"
#include "cli/plan/input.hpp"
#include "cli/plan/local_folders.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

bool is_command(job_step const& each) {
    return std::holds_alternative<step>(each) || std::holds_alternative<script_step>(each);
}

/// The steps of one run.
class steps_of_run {
  public:
    steps_of_run(arguments const& args, std::shared_ptr<std::string const> password, run_plan const& plan)
        : args_(args), plan_(plan) {
        if (args.sudo) rights_ = sudo_terms{*args.sudo, std::move(password)};
    }

    std::vector<job_step> all() {
        for (auto const& push : plan_.pushes) add_push(push.what);
        if (plan_.script) {
            add_script();
        } else if (!args_.command.empty()) {
            add_command();
        }
        if (!args_.check.empty()) add_check();
        for (auto const& pull : args_.pulls) add_pull(pull);
        for (std::size_t i = 0; i < args_.always.size(); ++i) add_always(i);
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

    using maker = std::function<std::string(std::size_t host)>;

    maker line_for(maker const& text) const {
        if (args_.environment.empty() || !text) return text;
        return [variables = args_.environment, text](std::size_t host) {
            return shell::with_variables(variables, text(host));
        };
    }

    void add_push(push_step push) {
        push.sudo = rights_;
        all_.emplace_back(std::move(push));
    }

    void add_command() {
        auto step = own(args_.command);
        step.command_for = line_for(plan_.command_for);
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
        auto script = *plan_.script;
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
        check.what.command_for = line_for(plan_.check_for);
        check.within = args_.check_for;
        check.hold = args_.check_hold;
        all_.emplace_back(std::move(check));
    }

    void add_always(std::size_t number) {
        auto last = own(args_.always[number]);
        if (!plan_.always_for.empty()) last.command_for = line_for(plan_.always_for[number]);
        all_.emplace_back(always_step{std::move(last)});
    }

    void add_pull(std::string const& given) {
        auto const [source, folder] = source_and_folder(given);
        auto pull = pull_of(source, folder, args_.pull_max,
                            args_.pulls_beside ? pulled_name::with_host : pulled_name::in_folder_of_host);
        pull.sudo = rights_;
        all_.emplace_back(std::move(pull));
    }

    arguments const& args_;
    run_plan const& plan_;
    std::optional<sudo_terms> rights_;
    std::vector<job_step> all_;
};

}  // namespace

job make_job(arguments const& args, std::shared_ptr<std::string const> password, run_plan const& plan) {
    job made(steps_of_run(args, std::move(password), plan).all());
    auto const command = std::ranges::find_if(made.steps, is_command);
    if (command != made.steps.end() && std::ranges::find(plan.command_done, true) != plan.command_done.end())
        made.begins_at = [done = plan.command_done, next = command - made.steps.begin() + 1](std::size_t host) {
            return done[host] ? static_cast<std::size_t>(next) : 0;
        };
    return made;
}

}  // namespace muster::cli
