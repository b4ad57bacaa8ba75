// SPDX-License-Identifier: MIT
// Puts endpoints and commands to hosts.
#include "cli/plan/plan.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <muster/copy.hpp>

#include "cli/hosts/targets.hpp"
#include "cli/options/parse_arguments.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/plan/command_template.hpp"
#include "cli/plan/input.hpp"
#include "hosts/near_miss.hpp"
#include "shell/quoting.hpp"
#include "ssh_config/tokens.hpp"

namespace muster::cli {

namespace {

using strings = std::vector<std::string>;

/// The values of one name, or which hosts lack it.
class template_values {
  public:
    template_values(std::string const& command, host_list const& hosts, host_sources& sources,
                    host_numbers const& numbers, strings users)
        : command_(command), hosts_(hosts), sources_(sources), numbers_(numbers), users_(std::move(users)) {}

    std::optional<std::string> value(std::string const& name, std::size_t index) const {
        if (name == "host") return hosts_[index].name;
        if (name == "n") return std::to_string(numbers_.of_host.empty() ? index : numbers_.of_host[index]);
        if (name == "count") return std::to_string(numbers_.of_host.empty() ? hosts_.size() : numbers_.count);
        auto const* const about = sources_.find(hosts_[index].name);
        if (about != nullptr) {
            auto const found = about->variables.find(name);
            if (found != about->variables.end()) return found->second;
        }
        return name == "user" ? std::optional(users_[index]) : std::nullopt;
    }

    strings column(std::string const& name) const {
        strings values;
        strings lacking;
        for (std::size_t i = 0; i < hosts_.size(); ++i) {
            auto found = value(name, i);
            if (!found) lacking.push_back(hosts_[i].label());
            values.push_back(std::move(found).value_or(""));
            if (values.back().find('\0') != std::string::npos)
                throw target_error(fmt::format("--template: {{{}}} of {} holds a NUL", name, hosts_[i].label()));
        }
        if (!lacking.empty()) fail(name, lacking);
        return values;
    }

  private:
    [[noreturn]] void fail(std::string const& name, strings const& lacking) const {
        strings known = {"host", "n", "count", "user"};
        for (auto const& host : hosts_) {
            auto const* const about = sources_.find(host.name);
            if (about == nullptr) continue;
            for (auto const& variable : about->variables) known.push_back(variable.first);
            break;  // hosts mostly have the same ones
        }
        bool const none_has = lacking.size() == hosts_.size();
        auto const what = none_has
                              ? fmt::format("no host has a variable {}{}", name, hosts::did_you_mean(name, known, ""))
                              : fmt::format("the variable {} is not set for {}, but for others", name, fold(lacking));
        host_syntax_error const shown(what, command_, std::min(command_.find('{' + name + '}'), command_.size()));
        throw target_error(
            fmt::format("--template: {}; {{{{{}}}}} is the text {{{}}}\n{}", what, name, name, shown.excerpt()));
    }

    std::string const& command_;
    host_list const& hosts_;
    host_sources& sources_;
    host_numbers const& numbers_;
    strings users_;
};

/// The user that logs in on each host; where none does, the one that would.
strings users_of(std::vector<endpoint> const& where, host_list const& hosts, arguments const& args) {
    auto const here = ssh_config::this_account().user;
    auto const& usual = args.ssh.user.empty() ? here : args.ssh.user;
    strings users;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        auto const& own = where[i].user.empty() ? hosts[i].user : where[i].user;
        users.push_back(own.empty() ? usual : own);
    }
    return users;
}

/// A template and its values: for each name a value a host.
struct filling {
    command_template text;
    std::vector<strings> columns;

    void take(template_values const& values) {
        for (auto const& name : text.names()) columns.push_back(values.column(name));
    }

    std::string for_host(std::size_t index) const {
        strings values;
        for (auto const& column : columns) values.push_back(column[index]);
        return text.filled(values);
    }
};

std::function<std::string(std::size_t)> line_maker(std::string const& text, host_list const& hosts,
                                                   arguments const& args, host_sources& sources,
                                                   host_numbers const& numbers, std::vector<endpoint> const& where) {
    auto const made = std::make_shared<filling>(filling{command_template(text), {}});
    template_values const values(text, hosts, sources, numbers, users_of(where, hosts, args));
    made->take(values);
    return [made](std::size_t index) { return made->for_host(index); };
}

/// The arguments of a script, or the words of --argv, each of them a template.
std::function<strings(std::size_t)> words_maker(host_list const& hosts, arguments const& args, host_sources& sources,
                                                host_numbers const& numbers, std::vector<endpoint> const& where) {
    auto const made = std::make_shared<std::vector<filling>>();
    template_values const values(args.command, hosts, sources, numbers, users_of(where, hosts, args));
    for (auto const& word : args.is_argv ? args.command_words : args.script_words) {
        made->push_back({command_template(word, template_form::word), {}});
        made->back().take(values);
    }
    return [made](std::size_t index) {
        strings words;
        for (auto const& word : *made) words.push_back(word.for_host(index));
        return words;
    };
}

/// What is shown of a script on that host.
std::function<std::string(std::size_t)> script_lines(arguments const& args,
                                                     std::function<strings(std::size_t)> const& words) {
    return [path = args.script, words](std::size_t index) { return script_line(path, words(index)); };
}

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

std::vector<named_push> pushes_of(arguments const& args) {
    std::vector<named_push> all;
    for (auto const& text : args.pushes) {
        auto const [source, target] = source_and_target(text);
        if (source.empty()) throw usage_error("--push '" + text + "': must be SRC[:DST], and no path stands for SRC");
        if (transport_of(args).reads_ssh_config && target.find("{host}") != std::string::npos)
            throw usage_error("--push '" + text + "': {host} is for the path here, not for the one on the hosts");
        all.push_back({source, push_of(source, target)});
        all.back().what.as_cp = args.pushes_as_cp;
    }
    return all;
}

}  // namespace

run_plan make_plan(host_list hosts, arguments const& args, host_sources& sources, host_numbers const& numbers) {
    run_plan plan;
    check_inputs(hosts, args);
    plan.endpoints = make_endpoints(hosts, args, sources);
    auto const& way = transport_of(args);
    if (way.reads_ssh_config && !way.connects_itself) plan.targets = make_ssh_targets(hosts, args, sources);
    plan.pushes = pushes_of(args);
    if (!args.script.empty()) plan.script = script_of(args.script, args.script_words);
    auto const maker_of = [&](std::string const& text) {
        return line_maker(text, hosts, args, sources, numbers, plan.endpoints);
    };
    if (args.is_template && !args.check.empty()) plan.check_for = maker_of(args.check);
    if (args.is_template)
        for (auto const& text : args.always) plan.always_for.push_back(maker_of(text));
    if (args.is_template && plan.script) {
        plan.script->arguments_for = words_maker(hosts, args, sources, numbers, plan.endpoints);
        plan.command_for = script_lines(args, plan.script->arguments_for);
    } else if (args.is_template && args.is_argv) {
        plan.command_for = [words = words_maker(hosts, args, sources, numbers, plan.endpoints)](std::size_t host) {
            return shell::portable_line(words(host));
        };
    } else if (args.is_template) {
        plan.command_for = maker_of(args.command);
    }
    plan.hosts = std::move(hosts);
    return plan;
}

}  // namespace muster::cli
