// SPDX-License-Identifier: MIT
// Splits the words, and lets CLI11 apply the options of the table.
#include "cli/options/parse_arguments.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "cli/options/option_checks.hpp"
#include "cli/options/option_table.hpp"
#include "cli/options/shard.hpp"
#include "cli/options/split.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/options/values.hpp"
#include "cli/options/variables.hpp"
#include "output/terminal/sanitise.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

std::string named(given_option const& option) {
    return option.origin.empty() ? "option " + spelled(*option.row) : option.origin;
}

[[noreturn]] void throw_bad_value(std::string const& where, std::string_view value, bad_value const& bad_value) {
    throw usage_error(fmt::format("{}: '{}' {}", where, output::sanitised(value, 60), bad_value.what()));
}

/// Options of one origin, "off" of a switch among them.
using option_layer = std::vector<given_option>;

void refuse_second_ones(option_layer const& options) {
    for (auto second = options.begin(); second != options.end(); ++second) {
        if (!stands_once(*second->row)) continue;
        auto const first = std::ranges::find(options, second->row, &given_option::row);
        if (first != second)
            throw usage_error(
                fmt::format("{}: it stands there twice, with '{}' and '{}', and the first would be dropped: "
                            "give one of them",
                            named(*second), output::sanitised(first->value, 60), output::sanitised(second->value, 60)));
    }
}

option_layer from_environment(environment const& variables) {
    option_layer found;
    for (auto const& row : option_table()) {
        auto const name = variable_name(row);
        if (is_told_by_run(name, variables)) continue;
        auto const* const value = row.has_variable ? variables(name.c_str()) : nullptr;
        if (value != nullptr && *value != 0) found.push_back({&row, value, name});
    }
    return found;
}

/// What a switch of a variable or a file says.
bool is_on(given_option const& option) {
    if (!option.row->is_switch() || option.value.empty()) return true;
    try {
        return to_switch(option.value);
    } catch (bad_value const& error) {
        throw_bad_value(named(option), option.value, error);
    }
}

/// The options of the command line, then what `layers` say of others, those of the first layer before those of later
/// ones. An option that a layer contradicts or sets is settled for the layers behind it.
option_layer merged(option_layer options, std::vector<option_layer> const& layers) {
    std::vector<std::pair<option_row const*, bool>> settled;  // and whether it is on
    for (auto const& option : options) settled.emplace_back(option.row, true);
    for (auto const& layer : layers) {
        auto const before = settled;
        for (auto option : layer) {
            bool const on = is_on(option);
            auto const overrules = [&](auto const& each) {
                return each.first == option.row || (each.second && contradict(*each.first, *option.row));
            };
            if (std::ranges::any_of(before, overrules)) continue;
            settled.emplace_back(option.row, on);
            if (option.row->is_switch()) option.value.clear();
            if (on) options.push_back(std::move(option));
        }
    }
    return options;
}

void apply(option_row const& row, std::vector<std::string> const& values, option_layer const& options,
           arguments& into) {
    auto iterator = options.begin();
    for (auto const& value : values) {
        iterator = std::find_if(iterator, options.end(), [&](given_option const& each) { return each.row == &row; });
        try {
            row.set(into, value);
        } catch (bad_value const& error) {
            throw_bad_value(iterator == options.end() ? "option " + spelled(row) : named(*iterator), value, error);
        }
        if (iterator != options.end()) ++iterator;
    }
}

std::string cli11_names(option_row const& row) {
    std::string const name = "--" + std::string(row.name);
    return row.letter == 0 ? name : std::string{'-', row.letter, ','} + name;
}

void declare(CLI::App& app, option_row const& row, option_layer const& options, arguments& into) {
    if (row.is_switch()) {
        app.add_flag_callback(cli11_names(row), [&] { row.set(into, {}); });
        return;
    }
    CLI::callback_t const take = [&](CLI::results_t const& values) {
        apply(row, values, options, into);
        return true;
    };
    app.add_option(cli11_names(row), take)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// Those that are given: CLI11 compares each new option with all before it.
void declare_given(CLI::App& app, option_layer const& options, arguments& into) {
    app.set_help_flag();
    std::vector<option_row const*> given;
    for (auto const& row : option_table()) {
        if (std::ranges::none_of(options, [&](auto const& option) { return option.row == &row; })) continue;
        declare(app, row, options, into);
        for (auto const* const other : given)
            if (contradict(*other, row))
                app.get_option("--" + std::string(other->name))->excludes("--" + std::string(row.name));
        given.push_back(&row);
    }
}

/// The options in the one form that CLI11 can't misread: long name, then value. Last word first, as it wants them.
std::vector<std::string> reversed_words(std::vector<given_option> const& options) {
    std::vector<std::string> words;
    for (auto const& option : options) {
        words.push_back("--" + std::string(option.row->name));
        if (!option.row->is_switch()) words.push_back(option.value);
    }
    std::ranges::reverse(words);
    return words;
}

std::string chosen_config(split_line const& line, environment const& variables) {
    std::string chosen;
    for (auto const& option : line.options)
        if (option.row->name == "config") chosen = option.value;
    auto const* const variable = variables("MUSTER_CONFIG");
    return chosen.empty() && variable != nullptr ? variable : chosen;
}

/// The value as another folder's shell would have to give it.
std::string anywhere(option_row const& row, std::string const& value) {
    auto const colon = row.name == "pull" ? value.rfind(':') : std::string::npos;
    if (colon != std::string::npos && colon + 1 < value.size())
        return value.substr(0, colon + 1) + std::filesystem::absolute(value.substr(colon + 1)).string();
    bool const is_path = row.completion == "@files" && value != "-" && value != "none" && !value.ends_with('|');
    return is_path ? std::filesystem::absolute(value).string() : value;
}

std::vector<std::string> words_of_run(option_layer const& options) {
    std::vector<std::string> words;
    for (auto const& option : options) {
        if (!is_recorded(*option.row)) continue;
        auto const name = "--" + std::string(option.row->name);
        words.push_back(
            option.row->is_switch() || option.value.empty() ? name : name + "=" + anywhere(*option.row, option.value));
    }
    return words;
}

/// What a command line would have to say where no variable is set.
std::vector<given_word> words_given(split_line const& line, option_layer const& all) {
    auto const is_of_variable = [](given_option const& option) { return option.origin == variable_name(*option.row); };
    auto options = line.options;
    std::ranges::copy_if(all, std::back_inserter(options), is_of_variable);
    std::vector<given_word> words;
    words.reserve(options.size());
    for (auto const& option : options) words.push_back({std::string(option.row->name), option.value});
    return words;
}

bool is_overruled(option_layer const& options, option_row const& row) {
    return std::ranges::any_of(options,
                               [&](auto const& option) { return option.row == &row || contradict(*option.row, row); });
}

/// The options of the command line, then those of the run before, which count besides for options that repeat.
option_layer with_recorded(option_layer options, std::vector<std::string> const& recorded) {
    std::vector<char const*> words;
    words.reserve(recorded.size());
    for (auto const& word : recorded) words.push_back(word.c_str());
    auto const given = options;
    for (auto& option : split(words).options)
        if (is_recorded(*option.row) && (may_repeat(*option.row) || !is_overruled(given, *option.row)))
            options.push_back(std::move(option));
    return options;
}

void parse_options(split_line const& line, environment const& variables, config_finder const& find,
                   std::vector<std::string> const* recorded, arguments& into) {
    std::vector<option_layer> layers = {from_environment(variables)};
    if (find)
        for (auto const& file : find(chosen_config(line, variables), variables)) layers.push_back(read_config(file));
    refuse_second_ones(line.options);
    for (auto const& layer : layers) refuse_second_ones(layer);
    if (recorded != nullptr)
        for (auto& layer : layers) std::erase_if(layer, [](auto const& option) { return is_recorded(*option.row); });
    auto const options = merged(recorded != nullptr ? with_recorded(line.options, *recorded) : line.options, layers);
    into.taken = words_of_run(options);
    into.given = words_given(line, options);
    try {
        CLI::App app;
        declare_given(app, options, into);
        app.parse(reversed_words(options));
    } catch (CLI::ExcludesError const& error) {
        throw usage_error(std::string(error.what()) + ": give one of them");
    } catch (CLI::Error const& error) {
        throw usage_error(error.what());
    }
}

/// The variables that other programs know, too (no-color.org, bixense.com/clicolors).
color_when usual_color(environment const& variables) {
    auto const value = [&](char const* name) {
        auto const* const text = variables(name);
        return std::string_view(text == nullptr ? "" : text);
    };
    if (!value("NO_COLOR").empty()) return color_when::never;
    auto const force = value("CLICOLOR_FORCE");
    if (!force.empty() && force != "0") return color_when::always;
    return value("TERM") == "dumb" ? color_when::never : color_when::automatic;
}

std::optional<action> information(split_line const& line) {
    if (line.has("help")) return action::help;
    if (line.has("short-help")) return action::short_help;
    if (line.has("version")) return action::version;
    return std::nullopt;
}

bool names_no_hosts(arguments const& args) {
    return args.hostfiles.empty() && args.groups.empty() && !args.all && !args.failed &&
           std::ranges::all_of(args.hosts, &std::string::empty);
}

/// pdsh's file of hosts, for who names none. A single word is then the command.
void take_usual_hostfile(split_line& line, environment const& variables, arguments& into) {
    auto const* const file = variables("WCOLL");
    bool const is_command = line.hosts && line.command.empty() && into.what == action::run;
    if (file == nullptr || *file == 0 || names_hosts(into) || !into.resume.empty()) return;
    if (line.hosts && !is_command) return;
    into.hostfiles.emplace_back(file);
    if (is_command) line.command.push_back(*std::exchange(line.hosts, std::nullopt));
}

void take_hosts(split_line const& line, arguments& into) {
    if (line.hosts && !into.resume.empty())
        throw usage_error(
            fmt::format("with --resume hosts are given with -w: -w '{}'", output::sanitised(*line.hosts, 60)));
    if (line.hosts && names_hosts(into))
        throw usage_error(fmt::format(
            "'{}' is a list of hosts, and so is what -w, -g, -a, --hostfile or --failed gives; give one of them",
            output::sanitised(*line.hosts, 60)));
    into.hosts_by_word = line.hosts.has_value();
    if (line.hosts) apply(*find_option("hosts"), {*line.hosts}, {}, into);
    if (!into.resume.empty()) return;  // they may be the ledger's
    if (names_no_hosts(into)) throw usage_error("no hosts: muster [options] HOSTS COMMAND...");
}

bool stdin_is_file() {
    struct stat about {};
    return ::fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
}

/// The words are its arguments; what is shown of it, and recorded, is a line of its own.
void take_script(split_line const& line, arguments& into) {
    into.script_words.assign(line.command.begin(), line.command.end());
    into.command = script_line(into.script, into.script_words);
}

void take_command(split_line const& line, arguments& into) {
    if (!into.script.empty()) return take_script(line, into);
    if (into.is_argv) {
        into.command_words = line.command;
        into.command = shell::portable_line(line.command);
    } else {
        into.command = fmt::format("{}", fmt::join(line.command, " "));
    }
    into.command_is_marked = line.ended;
    if (line.command.empty() && has_steps(into)) {
        if (line.has("expect-reboot") && into.resume.empty())
            throw usage_error("--expect-reboot needs a command or a script, which reboots its host");
        return;
    }
    if (line.command.empty() && (!into.resume.empty() || into.what == action::list_hosts)) return;
    if (into.command.find_first_not_of(" \t\n") != std::string::npos) return;
    bool const is_option = line.hosts == "help" || line.hosts == "version";
    if (is_option)
        throw usage_error(fmt::format("'{0}' is taken for a host; 'muster --{0}' is the option", *line.hosts));
    throw usage_error(
        fmt::format("no command: muster [options] HOSTS COMMAND...{}",
                    stdin_is_file() ? "; a script that is standard input runs with the command sh -s" : ""));
}

/// A failure lets its batch end and no other begin, unless the user has another policy.
void set_usual_halt(arguments& into) {
    if (!into.rollout.in_batches() || into.halt_given) return;
    into.how.halt.when = halt_when::batch;
    into.how.halt.fail = 1;
}

/// Every shard must have the same list, and a file of its own.
void take_shard(environment const& variables, arguments& into) {
    if (into.shard_text.empty()) return;
    into.part = to_shard(into.shard_text, variables);
    auto const& part = *into.part;
    if (into.rollout.in_batches())
        throw usage_error(
            "--batch and --together don't go with --shard: every shard would have a canary of its own; run the canary "
            "alone (-w HOST), then the shards");
    bool const is_random = (into.pick && !into.pick->seed) || (into.random_order && !into.order_seed);
    if (part.count > 1 && is_random)
        throw usage_error("--pick and --order random need a seed with --shard, or every shard has another list");
    if (into.rollout.preflight) throw usage_error("--preflight looks at all hosts; run it before the shards");
    into.ledger = path_of_shard(into.ledger, "--ledger", part);
    if (!into.resumes_folder) into.resume = path_of_shard(into.resume, "--resume", part);
    into.report = path_of_shard(into.report, "--report", part);
    into.outdir = path_of_shard(into.outdir, "--outdir", part);
    into.errdir = path_of_shard(into.errdir, "--errdir", part);
}

/// With --merge the words are files.
void take_files(split_line const& line, arguments& into) {
    if (line.hosts) into.merged.push_back(*line.hosts);
    into.merged.insert(into.merged.end(), line.files.begin(), line.files.end());
    if (into.merged.empty()) throw usage_error("--merge needs ledgers: muster --merge FILE...");
    if (!into.report.empty() && std::ranges::find(into.merged, "-") != into.merged.end())
        throw usage_error("--merge -: the page of --report is made in two readings; give it a file");
}

}  // namespace

arguments parse_arguments(std::span<char const* const> words, environment const& variables, config_finder const& find,
                          std::vector<std::string> const* recorded) {
    auto line = split(words);
    arguments parsed;
    parsed.messages = line.count("verbose") > 1;
    if (auto const action = information(line)) {
        parsed.what = *action;
        return parsed;
    }
    parsed.color = usual_color(variables);
    parse_options(line, variables, find, recorded, parsed);
    if (parsed.what == action::complete) return parsed;
    set_usual_halt(parsed);
    check_options(line, parsed);
    check_parent_grace(variables, parsed);
    std::error_code unknown;
    parsed.resumes_folder = !parsed.resume.empty() && std::filesystem::is_directory(parsed.resume, unknown);
    take_shard(variables, parsed);
    if (parsed.what == action::merge) {
        take_files(line, parsed);
        check_page(parsed);
        return parsed;
    }
    check_page(parsed);
    take_usual_hostfile(line, variables, parsed);
    take_hosts(line, parsed);
    take_command(line, parsed);
    return parsed;
}

std::string script_line(std::string const& script, std::vector<std::string> const& words) {
    auto const line = "--script " + shell::portable_word(script);
    return words.empty() ? line : line + ' ' + shell::portable_line(words);
}

}  // namespace muster::cli
