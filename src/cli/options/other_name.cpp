// SPDX-License-Identifier: MIT
// One table for each of the programs: an option, and what it is here.
#include "cli/options/other_name.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "output/terminal/sanitise.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

struct other_option {
    char letter;            ///< 0: none
    std::string_view name;  ///< without dashes; empty: none
    bool takes_value;
    std::string_view ours;     ///< our option; empty: nothing has to be done here
    std::string_view instead;  ///< not empty: it is refused, and this says what there is instead
};

constexpr std::string_view no_prompt = "there is no prompt here: give the command, or a loop in the shell";

// clang-format off
constexpr other_option pdsh_options[] = {
    {'w', "", true, "--hosts", ""},
    {'x', "", true, "--exclude", ""},
    {'g', "", true, "--group", ""},
    {'X', "", true, "--exclude-group", ""},
    {'a', "", false, "--all", ""},
    {'A', "", false, "--all", ""},
    {'F', "", true, "", "groups come from ClusterShell's, dsh's and --inventory; a file of genders is not read"},
    {'i', "", false, "", ""},
    {'f', "", true, "--fanout", ""},
    {'t', "", true, "--connect-timeout", ""},
    {'u', "", true, "--command-timeout", ""},
    {'l', "", true, "--user", ""},
    {'N', "", false, "--no-label", ""},
    {'S', "", false, "--max-status", ""},
    {'k', "", false, "--fail-fast", ""},
    {'b', "", false, "", ""},
    {'s', "", false, "", ""},
    {'d', "", false, "--verbose", ""},
    {'q', "", false, "--list-hosts", ""},
    {'Q', "", false, "--list-hosts", ""},
    {'h', "", false, "--help", ""},
    {'V', "", false, "--version", ""},
    {'L', "", false, "", "there are no modules: hosts are reached by ssh, or with -R exec by a program of this machine"},
    {'M', "", true, "", "there are no modules: groups come from ClusterShell's, dsh's and --inventory"},
    {'R', "", true, "-R", ""},
    {'r', "", false, "", ""},
    {'p', "", false, "", ""},
    {'e', "", true, "", ""},
};

constexpr other_option clush_options[] = {
    {'w', "hosts", true, "--hosts", ""},
    {'x', "exclude", true, "--exclude", ""},
    {'g', "group", true, "--group", ""},
    {'X', "exclude-group", true, "--exclude-group", ""},
    {'a', "all", false, "--all", ""},
    {0, "hostfile", true, "--hostfile", ""},
    {0, "machinefile", true, "--hostfile", ""},
    {0, "pick", true, "--pick", ""},
    {'f', "fanout", true, "--fanout", ""},
    {'t', "connect_timeout", true, "--connect-timeout", ""},
    {0, "connect-timeout", true, "--connect-timeout", ""},
    {'u', "command_timeout", true, "--command-timeout", ""},
    {0, "command-timeout", true, "--command-timeout", ""},
    {'l', "user", true, "--user", ""},
    {'o', "options", true, "-o", ""},
    {'b', "dshbak", false, "--gather", ""},
    {'B', "", false, "--gather-all", ""},
    {'L', "", false, "--sorted", ""},
    {'N', "", false, "--no-label", ""},
    {0, "diff", false, "--diff", ""},
    {0, "outdir", true, "--outdir", ""},
    {0, "errdir", true, "--errdir", ""},
    {'S', "maxrc", false, "--max-status", ""},
    {'n', "nostdin", false, "--no-stdin", ""},
    {'q', "quiet", false, "--quiet", ""},
    {'v', "verbose", false, "--verbose", ""},
    {'d', "debug", false, "--verbose", ""},
    {0, "color", true, "--color", ""},
    {'c', "copy", false, "-c", ""},
    {0, "dest", true, "--dest", ""},
    {0, "version", false, "--version", ""},
    {'h', "help", false, "--help", ""},
    {'R', "worker", true, "-R", ""},
    {'P', "progress", false, "", ""},
    {'p', "", false, "", ""},
    {'y', "yes", false, "", ""},
    {'r', "regroup", false, "", "hosts are folded without their groups"},
    {'G', "groupbase", false, "", "hosts are folded without their groups"},
    {0, "topology", true, "", "muster reaches each host itself; --jump leads over another"},
    {0, "remote", true, "", "muster reaches each host itself; --jump leads over another"},
    {0, "rcopy", false, "--rcopy", ""},
    {'m', "mode", true, "", "there are no modes; --sudo and the like are muster's options"},
    {'s', "groupsource", true, "", "write the source with the group: -g SOURCE:NAME"},
    {0, "conf", true, "", "clush.conf is not read; give the options"},
    {'O', "option", true, "", "clush.conf's settings are not read; give the options"},
};
// clang-format on

std::span<other_option const> options_of(manners whose) {
    if (whose == manners::clush) return clush_options;
    return pdsh_options;
}

std::string_view name_of(manners whose) {
    constexpr std::string_view names[] = {"muster", "pdsh", "pdcp", "rpdcp", "clush"};
    return names[static_cast<std::size_t>(whose)];
}

/// What stands for the options that need more than another name.
struct gathered_words {
    std::vector<std::string> ours;
    std::vector<std::string> rest;  // from the first that is no option
    std::string runs_by;            // -R
    std::string destination;        // clush --dest
    bool copies = false;            // clush -c, --rcopy
    bool fetches = false;           // rpdcp, clush --rcopy
    bool names_hosts = false;
    bool shows = false;            // hosts, help or version: there is no command
    bool counts_failures = false;  // -S, -k
    bool stops_at_once = false;    // -b of pdsh
    bool has_fanout = false;
};

class translator {
  public:
    translator(manners whose, std::span<char const* const> words, environment const& variables)
        : whose_(whose), words_(words.begin(), words.end()), variables_(variables) {}

    translation translate() {
        while (at_ < words_.size() && (take_option() || take_source())) {
        }
        found_.rest.insert(found_.rest.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
        usual_values();
        if (!found_.shows) run();
        translation out;
        out.words = std::move(found_.ours);
        out.failures_exit_0 = !found_.counts_failures;
        out.pulls_beside = fetches();
        out.asks_twice = whose_ == manners::pdsh && !found_.stops_at_once;
        return out;
    }

  private:
    [[noreturn]] void fail(std::string const& reason) const {
        throw usage_error(fmt::format("{}: {}", name_of(whose_), reason));
    }

    /// False: the first word that is no option.
    bool take_option() {
        auto const& word = words_[at_];
        if (word == "--") {
            ++at_;
            return false;
        }
        if (word.size() < 2 || word.front() != '-') return false;
        ++at_;
        if (word.starts_with("--")) {
            take_name(word.substr(2));
        } else {
            take_letters(word.substr(1));
        }
        return true;
    }

    /// clush takes options behind the names of what it copies.
    bool take_source() {
        if (!found_.copies || words_[at_ - 1] == "--") return false;
        found_.rest.push_back(words_[at_++]);
        return true;
    }

    void take_name(std::string const& text) {
        auto const equals = text.find('=');
        auto const name = text.substr(0, equals);
        if (name.empty()) fail("an option without a name");
        auto const& option = find([&](auto const& one) { return one.name == name; }, "--" + name);
        if (!option.takes_value && equals != text.npos) fail("--" + name + " takes no value");
        if (!option.takes_value) return apply(option, {});
        apply(option, equals != text.npos ? text.substr(equals + 1) : value_of("--" + name));
    }

    void take_letters(std::string const& text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            auto const& option =
                find([&](auto const& one) { return one.letter == text[i]; }, std::string("-") + text[i]);
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
        auto const found = std::ranges::find_if(all, [&](auto const& one) { return is(one) && is_here(one); });
        if (found == all.end()) fail("no option " + output::sanitised(spelling, 40));
        return *found;
    }

    /// pdcp and rpdcp have -r, -p and -e besides, and no -S, -u and -k.
    bool is_here(other_option const& one) const {
        bool const of_copies = one.letter == 'r' || one.letter == 'p' || one.letter == 'e';
        return whose_ == manners::clush || whose_ != manners::pdsh || !of_copies;
    }

    std::string value_of(std::string const& spelling) {
        if (at_ == words_.size()) fail(spelling + " wants a value");
        return words_[at_++];
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
            take_ssh_words(value);
        } else {
            found_.ours.emplace_back(option.ours);
            if (option.takes_value) found_.ours.push_back(option.ours == "--hosts" ? without_way(value) : value);
        }
    }

    static std::string spelled(other_option const& option) {
        return option.letter != 0 ? std::string("-") + option.letter : "--" + std::string(option.name);
    }

    void note(std::string_view ours) {
        found_.names_hosts |= ours == "--hosts" || ours == "--group" || ours == "--all" || ours == "--hostfile";
        found_.shows |= ours == "--list-hosts" || ours == "--help" || ours == "--version";
        found_.counts_failures |= ours == "--max-status" || ours == "--fail-fast";
        found_.has_fanout |= ours == "--fanout";
    }

    /// pdsh's `-w ssh:HOSTS`, `-w exec:HOSTS`: the way to all hosts, for there is one in a run.
    std::string without_way(std::string const& list) {
        auto const colon = list.find(':');
        auto const way = list.substr(0, colon);
        constexpr std::string_view known[] = {"ssh", "exec", "rsh", "mrsh", "krb4", "qsh", "mqsh", "xcpu"};
        if (whose_ == manners::clush || colon == list.npos || std::ranges::find(known, way) == std::end(known))
            return list;
        if (!found_.runs_by.empty() && found_.runs_by != way) fail("one way leads to all hosts of a run");
        found_.runs_by = way;
        return list.substr(colon + 1);
    }

    /// What clush hands to ssh: "-oKey=Value -o Key=Value".
    void take_ssh_words(std::string const& text) {
        for (std::size_t at = 0; at < text.size();) {
            auto const end = std::min(text.find(' ', at), text.size());
            auto const word = text.substr(at, end - at);
            at = end + 1;
            if (word.empty() || word == "-o") continue;
            auto const option = word.starts_with("-o") ? word.substr(2) : word;
            if (option.starts_with('-') || option.find('=') == option.npos)
                fail(fmt::format("of ssh's options only -o KEY=VALUE goes with -o, not '{}'",
                                 output::sanitised(word, 40)));
            found_.ours.insert(found_.ours.end(), {"-o", option});
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
        if (found_.runs_by.empty()) found_.runs_by = variable("PDSH_RCMD_TYPE");
        auto const file = variable("WCOLL");
        if (found_.names_hosts || file.empty()) return;
        found_.ours.insert(found_.ours.end(), {"--hostfile", file});
        found_.names_hosts = true;
    }

    void run() {
        if (!found_.names_hosts) fail("no hosts: give them with -w, -g or -a");
        bool const by_exec = found_.runs_by == "exec";
        if (!by_exec && !found_.runs_by.empty() && found_.runs_by != "ssh")
            fail(fmt::format("-R {} is not done here: there are ssh and exec", output::sanitised(found_.runs_by, 40)));
        if (by_exec) found_.ours.insert(found_.ours.end(), {"--transport", "exec"});
        if (whose_ == manners::pdcp || whose_ == manners::rpdcp || found_.copies) return copy();
        if (found_.rest.empty()) fail(std::string(no_prompt));
        found_.ours.emplace_back("--");
        for (auto const& word : found_.rest) found_.ours.push_back(by_exec ? exec_word(word) : word);
    }

    /// Of the arguments of a program: pdsh runs it without a shell, and so one word must stay one.
    std::string exec_word(std::string const& word) const {
        std::string text;
        for (std::size_t at = 0; at < word.size(); ++at) {
            if (word[at] != '%' || at + 1 == word.size()) {
                text += word[at];
                continue;
            }
            char const letter = word[++at];
            if (letter == 'u' || letter == 'n') fail(fmt::format("%{} has no like here; %h and %% have", letter));
            if (letter == 'h' || letter == '%') {
                text += letter == 'h' ? "{host}" : "%";
            } else {
                text.append(1, '%').append(1, letter);
            }
        }
        return shell::quoted(text);
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
        for (auto const& one : sources)
            found_.ours.insert(found_.ours.end(), {fetches() ? "--pull" : "--push",
                                                   fetches() ? pulled(one, to) : pushed(one, to, sources.size())});
    }

    /// clush puts a file to the path that it has here.
    static std::string pushed(std::string const& source, std::string const& to, std::size_t count) {
        if (to.empty()) return source + ":" + source;
        return source + ":" + to + (count > 1 && !to.ends_with('/') ? "/" : "");
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
    environment const& variables_;
    std::size_t at_ = 0;
    gathered_words found_;
};

}  // namespace

manners manners_of(std::string_view argv0) {
    auto const name = argv0.substr(argv0.rfind('/') + 1);
    for (auto const one : {manners::pdsh, manners::pdcp, manners::rpdcp, manners::clush})
        if (name == name_of(one)) return one;
    return manners::own;
}

translation translated(manners whose, std::span<char const* const> words, environment const& variables) {
    return translator(whose, words, variables).translate();
}

}  // namespace muster::cli
