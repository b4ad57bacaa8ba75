// SPDX-License-Identifier: MIT
// The words of pdsh, pdcp and clush as muster's own, and the pages that say how to come from other tools.
#include "cli/options/other_name.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "cli/options/option_table.hpp"
#include "cli/options/other_help.hpp"
#include "cli/options/parse_arguments.hpp"
#include "support/paths.hpp"

using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

using strings = std::vector<std::string>;
using variables = std::map<std::string, std::string>;

translation as(manners whose, strings const& words, variables const& set = {}) {
    std::vector<char const*> pointers;
    for (auto const& word : words) pointers.push_back(word.c_str());
    environment const look = [&](char const* name) -> char const* {
        auto const found = set.find(name);
        return found == set.end() ? nullptr : found->second.c_str();
    };
    return translated(whose, pointers, look);
}

std::string text(translation const& translation) {
    std::string all;
    for (auto const& word : translation.words) all += (all.empty() ? "" : " ") + word;
    return all;
}

std::string refusal(manners whose, strings const& words) {
    try {
        return "taken: " + text(as(whose, words));
    } catch (usage_error const& error) {
        return error.what();
    }
}

/// What a shell would make of a line without variables.
strings words_of(std::string const& line) {
    strings words;
    std::string word;
    char quote = 0;
    bool open = false;
    for (char const c : line) {
        if (quote != 0) {
            if (c == quote) quote = 0;
            if (c != quote && quote != 0) word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            open = true;
        } else if (c == ' ') {
            if (open || !word.empty()) words.push_back(std::exchange(word, {}));
            open = false;
        } else {
            word += c;
        }
    }
    if (open || !word.empty()) words.push_back(word);
    return words;
}

constexpr char const* pages[] = {"from-pdsh.md", "from-clush.md", "from-ansible.md", "from-pssh.md"};

strings lines_of(std::string const& page) {
    std::ifstream file(std::string(muster::test::source_dir) + "/packaging/docs/" + page);
    REQUIRE(file);
    strings lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

/// The second cells of the rows below the head "| TOOL | muster | here |".
strings muster_cells_of(std::string const& page) {
    strings cells;
    bool inside = false;
    for (auto const& line : lines_of(page)) {
        inside = line.ends_with("| muster | here |") || (inside && line.starts_with("|"));
        auto const begin = line.find(" | ");
        if (inside && begin != std::string::npos)
            cells.push_back(line.substr(begin, line.find(" | ", begin + 2) - begin));
    }
    return cells;
}

/// The lines between ``` of a page.
strings commands_of(std::string const& page) {
    strings lines;
    bool inside = false;
    for (auto const& line : lines_of(page)) {
        if (line.starts_with("```")) {
            inside = !inside;
        } else if (inside && !line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

}  // namespace

TEST_CASE("the program has the manners of the name that it is called by") {
    CHECK(manners_of("/usr/lib/muster/bin/pdsh") == manners::pdsh);
    CHECK(manners_of("clush") == manners::clush);
    CHECK(manners_of("./rpdcp") == manners::rpdcp);
    CHECK(manners_of("muster") == manners::own);
    CHECK(manners_of("") == manners::own);
}

TEST_CASE("options of pdsh become muster's") {
    CHECK(text(as(manners::pdsh,
                  {"-w", "n[1-3]", "-x", "n2", "-l", "root", "-f", "7", "-t", "3", "-u", "9", "uptime", "-p"})) ==
          "--hosts n[1-3] --exclude n2 --user root --fanout 7 --connect-timeout 3 --command-timeout 9 -- uptime -p");
    CHECK(text(as(manners::pdsh, {"-SNwn1", "--", "-x"})) == "--max-status --no-label --hosts n1 --fanout 32 -- -x");
    CHECK(text(as(manners::pdsh, {"-a", "-kb", "true"})) == "--all --fail-fast --fanout 32 -- true");
    CHECK(text(as(manners::pdsh, {"-Q", "-w", "n[1-2]"})) == "--list-hosts --hosts n[1-2] --fanout 32");
    CHECK(text(as(manners::pdsh, {"-w", "ssh:n1", "-R", "ssh", "id"})) == "--hosts n1 --fanout 32 -- id");
    CHECK(text(as(manners::pdsh, {"-w", "exec:n1", "id"})) == "--hosts n1 --fanout 32 --transport exec -- 'id'");
    CHECK(text(as(manners::pdsh, {"-w", "n1:22", "id"})) == "--hosts n1:22 --fanout 32 -- id");
    CHECK_THAT(refusal(manners::pdsh, {"-w", "mrsh:n1", "id"}), ContainsSubstring("-R mrsh is not done here"));
    CHECK_THAT(refusal(manners::pdsh, {"-w", "exec:n1", "-w", "ssh:n2", "id"}), ContainsSubstring("one way leads"));
    CHECK_THAT(refusal(manners::pdsh, {"-w", "exec:n1,ssh:n2", "id"}), ContainsSubstring("-w ssh:n2: one way leads"));
    CHECK(text(as(manners::pdsh, {"-w", "ssh:n[1,3],ssh:n2,n4", "id"})) == "--hosts n[1,3],n2,n4 --fanout 32 -- id");
}

TEST_CASE("pdsh's environment counts") {
    CHECK(text(as(manners::pdsh, {"id"}, {{"WCOLL", "/etc/nodes"}, {"FANOUT", "5"}})) ==
          "--fanout 5 --hostfile /etc/nodes -- id");
    CHECK(text(as(manners::pdsh, {"-w", "n1", "id"}, {{"WCOLL", "/etc/nodes"}, {"PDSH_RCMD_TYPE", "exec"}})) ==
          "--hosts n1 --fanout 32 --transport exec -- 'id'");
    variables const times{{"PDSH_CONNECT_TIMEOUT", "33"}, {"PDSH_COMMAND_TIMEOUT", "22"}};
    CHECK(text(as(manners::pdsh, {"-w", "n1", "-u", "7", "id"}, times)) ==
          "--hosts n1 --command-timeout 7 --fanout 32 --connect-timeout 33 -- id");
    CHECK(text(as(manners::pdcp, {"-w", "n1", "a", "b"}, times)) ==
          "--hosts n1 --fanout 32 --connect-timeout 33 --command-timeout 22 --push a:b");
    CHECK(text(as(manners::pdsh, {"-w", "n1", "id", "-u"}, {{"DSHPATH", "/opt/a b:/bin"}})) ==
          "--hosts n1 --fanout 32 -- PATH='/opt/a b:/bin'; id -u");
    CHECK(text(as(manners::pdsh, {"-w", "exec:n1", "id"}, {{"DSHPATH", "/opt"}})) ==
          "--hosts n1 --fanout 32 --transport exec -- 'id'");
}

TEST_CASE("what pdsh hands to ssh by its environment is muster's own") {
    auto const with = [](std::string const& args, std::string const& more = {}) {
        return text(as(manners::pdsh, {"-w", "n1", "id"}, {{"PDSH_SSH_ARGS", args}, {"PDSH_SSH_ARGS_APPEND", more}}));
    };
    CHECK(with("-p 922 -l%u %h") == "--hosts n1 --fanout 32 --port 922 -- id");
    CHECK(with("-2 -xaqT -p922 -lroot", "-oBatchMode=yes -i /k -o User=me") ==
          "--hosts n1 --fanout 32 --port 922 -l root -o BatchMode=yes --identity /k -o User=me -- id");
    CHECK(text(as(manners::pdsh, {"-w", "exec:n1", "id"}, {{"PDSH_SSH_ARGS", "-p 922"}})) ==
          "--hosts n1 --fanout 32 --transport exec -- 'id'");
    for (auto const& wrong : {"-n%n -W x", "host", "-p", "-o NoValue", "--", "-L 1:2:3"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(with(wrong), usage_error);
    }
}

TEST_CASE("pdsh's -q, -h and -V show something, and run nothing") {
    auto const settings = as(manners::pdcp, {"-q", "-w", "n1", "-b", "a", "b", "/tmp"});
    CHECK(settings.shows == shown::settings);
    CHECK(settings.facts ==
          facts{{"Rcmd type", "ssh"}, {"one ^C will kill pdsh", "Yes"}, {"Outfile", "/tmp"}, {"Infile(s)", "a b"}});
    CHECK(as(manners::pdsh, {"-V"}).shows == shown::version);
    CHECK(as(manners::rpdcp, {"-h"}).shows == shown::usage);
    CHECK(as(manners::clush, {"-q", "-w", "n1", "id"}).shows == shown::run);
    CHECK_THAT(usage_as(manners::pdsh), ContainsSubstring("Usage: pdsh ") && ContainsSubstring("  -x VALUE  ") &&
                                            !ContainsSubstring("-L") && !ContainsSubstring("-e VALUE"));
    CHECK_THAT(usage_as(manners::pdcp), ContainsSubstring("-e VALUE") && ContainsSubstring("SOURCE... DESTINATION"));
    CHECK_THAT(usage_as(manners::clush),
               ContainsSubstring("  -w, --hosts VALUE") && ContainsSubstring("  --dest VALUE"));
    CHECK_THAT(version_as(manners::rpdcp, "libs"), Catch::Matchers::StartsWith("pdsh, which is muster "));
}

TEST_CASE("pdsh's exec keeps each word one word, with the host in place of %h") {
    CHECK(as(manners::pdsh, {"-R", "exec", "-w", "n1", "ipmitool", "-H", "%h-bmc", "a b", "100%%"}).words ==
          strings{"--hosts", "n1", "--fanout", "32", "--transport", "exec", "--", "'ipmitool'", "'-H'", "{host}'-bmc'",
                  "'a b'", "'100%'"});
    CHECK(as(manners::pdsh, {"-R", "exec", "-w", "n1", "f", "%u@%h", "%n%", "{host}", "", "%x"}).words ==
          strings{"--hosts", "n1", "--fanout", "32", "--transport", "exec", "--template", "--", "'f'",
                  "{user}'@'{host}", "{n}'%'", "'{''host}'", "''", "'%x'"});
}

TEST_CASE("clush's exec is a line for the shell, with the host in place of %h") {
    CHECK(as(manners::clush, {"-R", "exec", "-w", "n1", "echo", "%h;", "date +%%s; echo '%{host} %host-bmc'"}).words ==
          strings{"--hosts", "n1", "--transport", "exec", "--", "echo {host}; date +%s; echo '{host} {host}-bmc'"});
    CHECK(as(manners::clush, {"-R", "exec", "-w", "n1", "echo %rank %n"}).words ==
          strings{"--hosts", "n1", "--transport", "exec", "--template", "--", "echo {n} {n}"});
    CHECK_THAT(refusal(manners::clush, {"-R", "exec", "-w", "n1", "echo %hosts"}),
               ContainsSubstring("'%hosts' has no like here"));
}

TEST_CASE("without -S and -k an exit code of pdsh says nothing of the hosts, and Ctrl-C asks first, unless -b") {
    CHECK(as(manners::pdsh, {"-w", "n1", "id"}).failures_exit_0);
    CHECK_FALSE(as(manners::pdsh, {"-S", "-w", "n1", "id"}).failures_exit_0);
    CHECK_FALSE(as(manners::pdsh, {"-k", "-w", "n1", "id"}).failures_exit_0);
    CHECK(as(manners::pdsh, {"-w", "n1", "id"}).asks_twice);
    CHECK_FALSE(as(manners::pdsh, {"-b", "-w", "n1", "id"}).asks_twice);
    CHECK_FALSE(as(manners::clush, {"-w", "n1", "id"}).asks_twice);
    CHECK(as(manners::pdsh, {"-w", "n1", "id"}).drops_user);
    CHECK_FALSE(as(manners::clush, {"-w", "n1", "id"}).drops_user);
    CHECK(as(manners::clush, {"-w", "n1", "id"}).plain_groups);
}

TEST_CASE("pdcp pushes, rpdcp pulls") {
    CHECK(text(as(manners::pdcp, {"-w", "n1", "-r", "-p", "site", "/srv/www"})) ==
          "--hosts n1 --fanout 32 --push site:/srv/www");
    CHECK(text(as(manners::pdcp, {"-w", "n1", "a", "b", "/etc"})) ==
          "--hosts n1 --fanout 32 --push a:/etc/ --push b:/etc/");
    CHECK_THAT(refusal(manners::pdcp, {"-w", "n1", "a"}), ContainsSubstring("SOURCE... DESTINATION"));
    auto const fetches = as(manners::rpdcp, {"-w", "n1", "-r", "/etc/a", "b", "here"});
    CHECK(text(fetches) == "--hosts n1 --fanout 32 --pull /etc/a:here --pull b:here");
    CHECK(fetches.pulls_beside);
    CHECK_FALSE(as(manners::pdcp, {"-w", "n1", "a", "/etc"}).pulls_beside);
    CHECK_THAT(refusal(manners::rpdcp, {"-w", "n1", "a"}), ContainsSubstring("rpdcp -w HOSTS SOURCE... DESTINATION"));
    CHECK_THAT(refusal(manners::rpdcp, {"-w", "n1", "a", "x:y"}), ContainsSubstring("a colon"));
}

TEST_CASE("options of clush become muster's") {
    CHECK(text(as(manners::clush,
                  {"-w", "n[1-3]", "-bL", "--diff", "--maxrc", "-t", "3", "--command_timeout=9", "uname", "-r"})) ==
          "--hosts n[1-3] --gather --sorted --diff --max-status --connect-timeout 3 --command-timeout 9 -- uname -r");
    CHECK(text(as(manners::clush, {"-g", "web", "-o", "-oPort=2222 -o User=me", "id"})) ==
          "--group web -o Port=2222 -o User=me -- id");
    CHECK(text(as(manners::clush, {"-w", "n1", "-c", "/etc/motd", "--dest", "/tmp/"})) ==
          "--hosts n1 --push /etc/motd:/tmp/");
    CHECK(text(as(manners::clush, {"-w", "n1", "-c", "/etc/motd"})) == "--hosts n1 --push /etc/motd:/etc/");
    CHECK(as(manners::clush, {"-w", "n1", "-c", "/etc/motd"}).pushes_as_cp);
    CHECK(text(as(manners::clush, {"-w", "n1", "--rcopy", "/etc/motd", "--dest", "/tmp/"})) ==
          "--hosts n1 --pull /etc/motd:/tmp/");
    CHECK(text(as(manners::clush, {"-w", "n1", "--rcopy", "/etc/motd", "/x", "y"})) ==
          "--hosts n1 --pull /etc/motd:/etc --pull /x:/ --pull y:.");
    CHECK(as(manners::clush, {"-w", "n1", "--rcopy", "/etc/motd"}).pulls_beside);
    CHECK(text(as(manners::clush, {"-c", "a", "b", "-w", "n1", "--dest=/t", "--", "-c"})) ==
          "--hosts n1 --push a:/t/ --push b:/t/ --push -c:/t/");
}

TEST_CASE("what has no like is refused, and the words say what there is instead") {
    CHECK_THAT(refusal(manners::pdsh, {"-w", "n1"}), ContainsSubstring("there is no prompt here"));
    CHECK_THAT(refusal(manners::clush, {"-w", "n1"}), ContainsSubstring("there is no prompt here"));
    CHECK_THAT(refusal(manners::pdsh, {"id"}), ContainsSubstring("pdsh: no hosts: give them with -w, -g or -a"));
    CHECK_THAT(refusal(manners::pdsh, {"-R", "rsh", "-w", "n1", "id"}), ContainsSubstring("-R rsh is not done here"));
    CHECK_THAT(refusal(manners::pdsh, {"-w", "n1", "-Z", "id"}), ContainsSubstring("no option -Z"));
    CHECK_THAT(refusal(manners::pdsh, {"-w"}), ContainsSubstring("-w wants a value"));
    CHECK_THAT(refusal(manners::pdsh, {"-r", "-w", "n1", "id"}), ContainsSubstring("no option -r"));
    CHECK_THAT(refusal(manners::clush, {"-w", "n1", "--topology", "t", "id"}),
               ContainsSubstring("--jump leads over another"));
    CHECK_THAT(refusal(manners::clush, {"-w", "n1", "-o", "-X -v", "id"}),
               ContainsSubstring("-o: of ssh's options -o, -p,"));
    CHECK(text(as(manners::clush, {"-w", "n1", "-o", "-p 2222 -i k", "id"})) ==
          "--hosts n1 --port 2222 --identity k -- id");
}

TEST_CASE("every command on the pages for those who come from another tool is taken") {
    for (auto const* const page : pages) {
        auto const lines = commands_of(page);
        CHECK(lines.size() >= 3);
        for (auto const& line : lines) {
            CAPTURE(page, line);
            auto words = words_of(line);
            auto const whose = manners_of(words.front());
            REQUIRE((whose != manners::own || words.front() == "muster"));
            words.erase(words.begin());
            if (whose != manners::own) words = as(whose, words).words;
            std::vector<char const*> pointers;
            for (auto const& word : words) pointers.push_back(word.c_str());
            CHECK_NOTHROW(parse_arguments(pointers, [](char const*) -> char const* { return nullptr; }));
        }
    }
}

TEST_CASE("the tables for those who come from another tool name options that there are") {
    std::regex const option("[` ](--?)([A-Za-z0-9][a-z0-9-]*)");
    for (auto const* const page : pages) {
        std::size_t count = 0;
        for (auto const& cell : muster_cells_of(page))
            for (std::sregex_iterator found(cell.begin(), cell.end(), option), end; found != end; ++found, ++count) {
                auto const name = (*found)[2].str();
                CAPTURE(page, cell, name);
                CHECK(((*found)[1] == "--" ? find_option(name) : find_option(name.front())) != nullptr);
            }
        CHECK(count >= 10);
    }
}
