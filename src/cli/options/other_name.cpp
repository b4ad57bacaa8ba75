// SPDX-License-Identifier: MIT
// Option by option, and then what the rest of the line means.
#include "cli/options/other_name.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/options/percent_words.hpp"
#include "cli/options/ssh_line.hpp"
#include "output/terminal/sanitise.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

constexpr std::string_view no_prompt = "there is no prompt here: give the command, or a loop in the shell";

/// What stands for the options that need more than another name.
struct gathered_words {
    std::vector<std::string> ours;
    std::vector<std::string> rest;  // from the first that is no option
    std::string runs_by;            // -R
    std::string destination;        // clush --dest
    bool copies = false;            // clush -c, --rcopy
    bool fetches = false;           // rpdcp, clush --rcopy
    bool names_hosts = false;
    shown shows = shown::run;      // else there is no command
    bool lists = false;            // -Q, -q
    bool counts_failures = false;  // -S, -k
    bool stops_at_once = false;    // -b of pdsh
    bool has_fanout = false;
    bool has_connect_timeout = false;
    bool has_command_timeout = false;
};

class translator {
  public:
    translator(manners whose, std::span<char const* const> words, environment const& variables)
        : whose_(whose), words_(words.begin(), words.end()), variables_(variables) {}

    translation translate() {
        while (position_ < words_.size() && (take_option() || take_source())) {
        }
        found_.rest.insert(found_.rest.end(), words_.begin() + static_cast<std::ptrdiff_t>(position_), words_.end());
        usual_values();
        if (found_.shows == shown::run && !found_.lists) run();
        if (found_.shows == shown::settings) add_facts();
        translation out;
        out.shows = found_.shows;
        out.facts = std::move(facts_);
        out.words = std::move(found_.ours);
        out.failures_exit_0 = !found_.counts_failures;
        out.pulls_beside = fetches();
        out.pushes_as_cp = whose_ == manners::pdcp || (found_.copies && !fetches());
        out.drops_user = whose_ == manners::pdsh;
        out.plain_groups = whose_ == manners::clush;
        out.asks_twice = whose_ == manners::pdsh && !found_.stops_at_once;
        return out;
    }

  private:
    /// What pdsh -q tells of the line, and muster's arguments do not.
    void add_facts() {
        facts_.emplace_back("Rcmd type", found_.runs_by.empty() ? "ssh" : found_.runs_by);
        facts_.emplace_back("one ^C will kill pdsh", found_.stops_at_once ? "Yes" : "No");
        if (whose_ == manners::pdsh || found_.rest.empty()) return;
        facts_.emplace_back("Outfile", found_.rest.back());
        found_.rest.pop_back();
        facts_.emplace_back("Infile(s)", fmt::format("{}", fmt::join(found_.rest, " ")));
    }

    [[noreturn]] void fail(std::string const& reason) const {
        throw usage_error(fmt::format("{}: {}", name_of(whose_), reason));
    }

    /// False: the first word that is no option.
    bool take_option() {
        auto const& word = words_[position_];
        if (word == "--") {
            ++position_;
            return false;
        }
        if (word.size() < 2 || word.front() != '-') return false;
        ++position_;
        if (word.starts_with("--")) {
            take_name(word.substr(2));
        } else {
            take_letters(word.substr(1));
        }
        return true;
    }

    /// clush takes options behind the names of what it copies.
    bool take_source() {
        if (!found_.copies || words_[position_ - 1] == "--") return false;
        found_.rest.push_back(words_[position_++]);
        return true;
    }

    void take_name(std::string const& text) {
        auto const equals = text.find('=');
        auto const name = text.substr(0, equals);
        if (name.empty()) fail("an option without a name");
        auto const& option = find([&](auto const& option) { return option.name == name; }, "--" + name);
        if (!option.takes_value && equals != text.npos) fail("--" + name + " takes no value");
        if (!option.takes_value) return apply(option, {});
        apply(option, equals != text.npos ? text.substr(equals + 1) : value_of("--" + name));
    }

    void take_letters(std::string const& text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            auto const& option =
                find([&](auto const& option) { return option.letter == text[i]; }, std::string("-") + text[i]);
            if (!option.takes_value) {
                apply(option, {});
                continue;
            }
            auto const attached = text.substr(i + 1);
            return apply(option, attached.empty() ? value_of(std::string("-") + text[i]) : attached);
        }
    }

    template <class Is>
    other_option const& find(Is is, std::string const& spelling) const {
        auto const all = options_of(whose_);
        auto const found =
            std::ranges::find_if(all, [&](auto const& option) { return is(option) && is_option_of(whose_, option); });
        if (found == all.end()) fail("no option " + output::sanitised(spelling, 40));
        return *found;
    }

    std::string value_of(std::string const& spelling) {
        if (position_ == words_.size()) fail(spelling + " wants a value");
        return words_[position_++];
    }

    void apply(other_option const& option, std::string const& value) {
        if (!option.instead.empty()) fail(fmt::format("{} is not done here: {}", spelled(option), option.instead));
        if (option.letter == 'b' && whose_ != manners::clush) found_.stops_at_once = true;
        if (option.ours.empty()) return;
        note(option.ours);
        if (option.ours == "-R") {
            found_.runs_by = value;
        } else if (option.ours == "-c") {
            found_.copies = true;
        } else if (option.ours == "--rcopy") {
            found_.copies = found_.fetches = true;
        } else if (option.ours == "--dest") {
            found_.destination = value;
        } else if (option.ours == "-o") {
            take_ssh_options("-o", value);
        } else if (option.ours == "-q") {
            found_.ours.emplace_back("--list-hosts");
        } else {
            found_.ours.emplace_back(option.ours);
            if (option.takes_value) found_.ours.push_back(option.ours == "--hosts" ? without_way(value) : value);
        }
    }

    void note(std::string_view ours) {
        found_.names_hosts |= ours == "--hosts" || ours == "--group" || ours == "--all" || ours == "--hostfile";
        found_.lists |= ours == "--list-hosts" || ours == "-q";
        if (ours == "--help") found_.shows = shown::usage;
        if (ours == "--version" && found_.shows != shown::usage) found_.shows = shown::version;
        if (ours == "-q" && found_.shows == shown::run) found_.shows = shown::settings;
        found_.counts_failures |= ours == "--max-status" || ours == "--fail-fast";
        found_.has_fanout |= ours == "--fanout";
        found_.has_connect_timeout |= ours == "--connect-timeout";
        found_.has_command_timeout |= ours == "--command-timeout";
    }

    /// pdsh's `-w ssh:HOSTS`, `-w exec:a,exec:b`: the way to all hosts, for there is one in a run.
    std::string without_way(std::string const& list) {
        if (whose_ == manners::clush) return list;
        std::string rest;
        for (std::size_t begin = 0; begin <= list.size();) {
            auto const end = std::min(end_of_hosts(list, begin), list.size());
            rest.append(begin == 0 ? "" : ",").append(hosts_behind_way(list.substr(begin, end - begin)));
            begin = end + 1;
        }
        return rest;
    }

    /// The next comma outside brackets.
    static std::size_t end_of_hosts(std::string_view list, std::size_t begin) {
        for (bool in_range = false; begin < list.size(); ++begin) {
            if (list[begin] == ',' && !in_range) break;
            if (list[begin] == '[' || list[begin] == ']') in_range = list[begin] == '[';
        }
        return begin;
    }

    std::string hosts_behind_way(std::string const& hosts) {
        auto const colon = hosts.find(':');
        auto const way = hosts.substr(0, colon);
        constexpr std::string_view known[] = {"ssh", "exec", "rsh", "mrsh", "krb4", "qsh", "mqsh", "xcpu"};
        if (colon == hosts.npos || std::ranges::find(known, way) == std::end(known)) return hosts;
        if (!found_.runs_by.empty() && found_.runs_by != way)
            fail(fmt::format("-w {}: one way leads to all hosts of a run, and that is {}", hosts, found_.runs_by));
        found_.runs_by = way;
        return hosts.substr(colon + 1);
    }

    void take_ssh_options(std::string_view from, std::string const& text) {
        try {
            for (auto& word : options_of_ssh(text)) found_.ours.push_back(std::move(word));
        } catch (std::invalid_argument const& error) {
            fail(fmt::format("{}: {}", from, error.what()));
        }
    }

    std::string variable(char const* name) const {
        auto const* const value = variables_(name);
        return value == nullptr ? std::string() : value;
    }

    /// What pdsh takes from its environment, and its own defaults.
    void usual_values() {
        if (whose_ == manners::clush) return;
        auto const fanout = variable("FANOUT");
        if (!found_.has_fanout) found_.ours.insert(found_.ours.end(), {"--fanout", fanout.empty() ? "32" : fanout});
        if (!found_.has_connect_timeout) add_variable("PDSH_CONNECT_TIMEOUT", "--connect-timeout");
        if (!found_.has_command_timeout) add_variable("PDSH_COMMAND_TIMEOUT", "--command-timeout");
        if (found_.runs_by.empty()) found_.runs_by = variable("PDSH_RCMD_TYPE");
        if (!found_.names_hosts) found_.names_hosts = add_variable("WCOLL", "--hostfile");
        if (found_.runs_by == "exec") return;
        for (auto const* const name : {"PDSH_SSH_ARGS", "PDSH_SSH_ARGS_APPEND"}) take_ssh_options(name, variable(name));
    }

    bool add_variable(char const* name, std::string const& ours) {
        auto value = variable(name);
        if (value.empty()) return false;
        found_.ours.insert(found_.ours.end(), {ours, std::move(value)});
        return true;
    }

    void run() {
        if (!found_.names_hosts) fail("no hosts: give them with -w, -g or -a");
        bool const by_exec = found_.runs_by == "exec";
        if (!by_exec && !found_.runs_by.empty() && found_.runs_by != "ssh")
            fail(fmt::format("-R {} is not done here: there are ssh and exec", output::sanitised(found_.runs_by, 40)));
        if (by_exec) found_.ours.insert(found_.ours.end(), {"--transport", "exec"});
        if (whose_ == manners::pdcp || whose_ == manners::rpdcp || found_.copies) return copy();
        if (found_.rest.empty()) fail(std::string(no_prompt));
        auto command = by_exec ? exec_command() : percent_command{found_.rest, false};
        if (command.is_template) found_.ours.emplace_back("--template");
        found_.ours.emplace_back("--");
        auto const path = by_exec || whose_ != manners::pdsh ? std::string() : variable("DSHPATH");
        if (!path.empty()) found_.ours.push_back(fmt::format("PATH={};", shell::portable_word(path)));
        std::ranges::move(command.words, std::back_inserter(found_.ours));
    }

    percent_command exec_command() const {
        if (whose_ != manners::clush) return with_percents(found_.rest);
        try {
            return with_percents_for_shell(found_.rest);
        } catch (std::invalid_argument const& error) {
            fail(error.what());
        }
    }

    bool fetches() const { return whose_ == manners::rpdcp || found_.fetches; }

    /// SOURCE... DESTINATION, or with clush's --dest SOURCE...
    void copy() {
        auto sources = found_.rest;
        auto to = found_.destination;
        if (whose_ != manners::clush && sources.size() >= 2) {
            to = sources.back();
            sources.pop_back();
        } else if (whose_ != manners::clush) {
            fail(fmt::format("what to copy, and where to: {} -w HOSTS SOURCE... DESTINATION", name_of(whose_)));
        }
        if (sources.empty()) fail("what to copy is missing");
        auto const folder = to.empty() ? folder_of(sources.front()) : to;
        for (auto const& source : sources)
            found_.ours.insert(found_.ours.end(),
                               {fetches() ? "--pull" : "--push",
                                fetches() ? pulled(source, to) : pushed(source, folder, sources.size())});
    }

    static std::string pushed(std::string const& source, std::string const& to, std::size_t count) {
        return source + ":" + to + (count > 1 && !to.ends_with('/') ? "/" : "");
    }

    /// Where clush puts all that it copies, when nothing else is said. Ends in "/".
    static std::string folder_of(std::string const& source) {
        auto const path = std::filesystem::absolute(source).lexically_normal().string();
        auto const end = path.find_last_not_of('/');
        return path.substr(0, path.rfind('/', end) + 1);
    }

    /// clush puts what it fetches to the folder that it lies in there.
    std::string pulled(std::string const& source, std::string const& to) const {
        auto const slash = source.rfind('/');
        auto const beside = slash == source.npos ? std::string(".") : source.substr(0, std::max<std::size_t>(slash, 1));
        auto const& folder = to.empty() ? beside : to;
        if (folder.find(':') != folder.npos) fail("a folder here can't have a colon in its name");
        return source + ":" + folder;
    }

    manners whose_;
    std::vector<std::string> words_;
    facts facts_;
    environment const& variables_;
    std::size_t position_ = 0;
    gathered_words found_;
};

}  // namespace

translation translated(manners whose, std::span<char const* const> words, environment const& variables) {
    return translator(whose, words, variables).translate();
}

}  // namespace muster::cli
