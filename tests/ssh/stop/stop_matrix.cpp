// SPDX-License-Identifier: MIT
// Every kind of command against every way in which its run can end: what muster says is held against what lives.
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;

namespace {

struct shape {
    std::string host;
    std::string command;
    bool reachable = true;  ///< all of it, for a stop
};

std::vector<shape> const shapes = {
    {"plain", "exec sleep 1000"},
    {"traps", "trap '' TERM; sleep 1000; sleep 1000"},
    {"member", "sh -c \"trap '' TERM; exec sleep 1000\" | cat"},
    {"pipeline", "sleep 1000 | cat | cat"},
    {"holds", "sleep 1000 & sleep 1000"},
    {"left", "sleep 1000 & true", false},
    {"daemon", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & sleep 1000", false},
};

struct word {
    std::string state;
    std::string command;
};

using words_by_host = std::map<std::string, word>;

/// The results in the program's JSON.
words_by_host results_in(std::string const& json) {
    words_by_host found;
    std::istringstream lines(json);
    for (std::string line; std::getline(lines, line);) {
        auto const item = nlohmann::json::parse(line);
        if (item["type"] == "result") found[item["host"]] = {item["state"], item["command"]};
    }
    return found;
}

/// A fleet with one host for each kind of command, and one that fails when it is told to.
class matrix {
  public:
    matrix() : fleet(hosts()) {}
    ~matrix() { end_commands(); }

    std::string work() const {
        auto text = "echo x >> " + ready() + "; case $NODE in fails) while [ ! -e " + fleet.path("go") +
                    " ]; do sleep 0.1; done; exit 3;;";
        for (auto const& shape : shapes) text += " " + shape.host + ") " + shape.command + ";;";
        return text + " esac";
    }

    std::vector<std::string> muster(std::vector<std::string> const& options) const {
        std::vector<std::string> words{program,   "-F", config,     "-t",  "60s",
                                       "--grace", "3s", "--linger", "60s", "--json"};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {"plain,traps,member,pipeline,holds,left,daemon,fails", work()});
        return words;
    }

    void begin() const {
        std::filesystem::remove(fleet.path("go"));
        write_file(ready(), "");
        std::filesystem::permissions(ready(), std::filesystem::perms(0666));
    }
    /// Every command runs, and has what it wants to have running.
    bool all_run() const {
        return eventually([this] {
            return read_file(ready()).size() == 2 * (shapes.size() + 1) && alive("member") >= 3 &&
                   alive("daemon") >= 3 && alive("pipeline") >= 3 && alive("holds") >= 3 && alive("left") >= 1;
        });
    }
    void fail() const { write_file(fleet.path("go"), ""); }

    /// How many processes of that host's command are alive.
    std::size_t alive(std::string const& host) const {
        std::size_t count = 0;
        for (pid_t const pid : fleet.commands()) {
            std::ifstream file("/proc/" + std::to_string(pid) + "/environ");  // none: it is gone by now
            std::string const variables(std::istreambuf_iterator<char>(file), {});
            if (variables.find(std::string("NODE=") + host + '\0') != std::string::npos) ++count;
        }
        return count;
    }

    /// What was said of each command is true.
    void check_words(words_by_host const& said) const {
        for (auto const& shape : shapes) {
            CAPTURE(shape.host);
            REQUIRE(said.count(shape.host) == 1);
            auto const& [state, command] = said.at(shape.host);
            CAPTURE(state, command);
            if (command != "ended") continue;
            // out of reach, as the manual says: what has left the group and closed the streams
            CHECK(eventually([&] { return alive(shape.host) == (shape.host == "daemon" ? 1 : 0); }, 1s));
        }
    }

    /// What a stop can reach it has ended, and says so.
    void check_all_stopped(words_by_host const& said) const {
        check_words(said);
        for (auto const& shape : shapes) {
            CAPTURE(shape.host, said.at(shape.host).state);
            if (shape.reachable || shape.host == "daemon") CHECK(said.at(shape.host).command == "ended");
        }
    }

    void end_commands() const {
        for (pid_t const pid : fleet.commands()) ::kill(pid, SIGKILL);
        eventually([this] { return fleet.commands().empty(); });
    }

    ssh_fleet const fleet;
    std::string config = fleet.path("config");

  private:
    static std::vector<std::string> hosts() {
        std::vector<std::string> names{"fails"};
        for (auto const& shape : shapes) names.push_back(shape.host);
        return names;
    }
    std::string ready() const { return fleet.path("ready"); }
};

/// Connections to each host of the fleet through a relay, which can be cut.
class relays {
  public:
    explicit relays(ssh_fleet const& fleet) {
        auto config = std::string();
        for (auto const& endpoint : fleet.endpoints()) {
            auto& server = all_.emplace_back(std::make_unique<tcp_server>(
                [endpoint](peer const& client) { client.relay_to(endpoint, [](std::string&) { return true; }); }));
            config += "Host " + endpoint.label + "\n    HostName 127.0.0.1\n    Port " +
                      std::to_string(server->port()) + "\n    HostKeyAlias " + endpoint.label + "\n";
            auto const lines = read_file(fleet.path("known_hosts"));
            auto const name = known_hosts_name(endpoint);
            auto const position = lines.find(name + " ") + name.size();
            keys_ += endpoint.label + lines.substr(position, lines.find('\n', position) - position) + "\n";
        }
        write_file(fleet.path("relayed_known_hosts"), keys_);
        path = fleet.path("relayed_config");
        write_file(path, "Host *\n    UserKnownHostsFile " + fleet.path("relayed_known_hosts") + "\n" + config +
                             read_file(fleet.path("config")));
    }

    void cut() { all_.clear(); }

    std::string path;

  private:
    std::string keys_;
    std::vector<std::unique_ptr<tcp_server>> all_;
};

}  // namespace

TEST_CASE("stop matrix: the first failure") {
    matrix const fleet;
    fleet.begin();
    child muster(fleet.muster({"-k"}));
    REQUIRE(fleet.all_run());
    fleet.fail();
    CHECK(muster.wait().code == 1);
    auto const said = results_in(muster.out());
    CHECK(said.at("fails").state == "failed");
    fleet.check_all_stopped(said);
}

TEST_CASE("stop matrix: Ctrl-C") {
    matrix const fleet;
    fleet.begin();
    child muster(fleet.muster({}));
    REQUIRE(fleet.all_run());
    muster.send(SIGINT);
    CHECK(muster.wait().signal == SIGINT);
    fleet.check_all_stopped(results_in(muster.out()));
}

TEST_CASE("stop matrix: the limit on a command") {
    matrix const fleet;
    fleet.begin();
    child muster(fleet.muster({"-u", "3s"}));
    CHECK(muster.wait().code == 1);
    fleet.check_all_stopped(results_in(muster.out()));
}

TEST_CASE("stop matrix: SIGKILL of muster") {
    matrix const fleet;
    fleet.begin();
    auto const ledger = fleet.fleet.path("run.jsonl");
    child muster(fleet.muster({"--ledger", ledger}));
    REQUIRE(fleet.all_run());
    muster.send(SIGKILL);
    muster.wait();
    auto const record = read_file(ledger);
    for (auto const& shape : shapes) {
        CAPTURE(shape.host);
        CHECK(record.find("\"type\":\"command_sent\",\"host\":\"" + shape.host + "\"") != std::string::npos);
        CHECK(record.find("\"type\":\"result\",\"host\":\"" + shape.host + "\"") == std::string::npos);
        CHECK(fleet.alive(shape.host) > 0);  // nobody could have known; --lease is for this
    }
}

TEST_CASE("stop matrix: SIGKILL of muster with a lease") {
    matrix const fleet;
    fleet.begin();
    child muster(fleet.muster({"--lease"}));
    REQUIRE(fleet.all_run());
    muster.send(SIGKILL);
    muster.wait();
    for (auto const& shape : shapes) {
        if (shape.host == "left") continue;  // that command had ended
        CAPTURE(shape.host);
        CHECK(eventually([&] { return fleet.alive(shape.host) == (shape.host == "daemon" ? 1 : 0); }));
    }
}

TEST_CASE("stop matrix: the first failure with a lease") {
    matrix const fleet;
    fleet.begin();
    child muster(fleet.muster({"-k", "--lease"}));
    REQUIRE(fleet.all_run());
    fleet.fail();
    CHECK(muster.wait().code == 1);
    fleet.check_all_stopped(results_in(muster.out()));
}

TEST_CASE("stop matrix: connections are cut") {
    matrix fleet;
    relays between(fleet.fleet);
    fleet.config = between.path;
    fleet.begin();
    std::vector<std::string> options;
    SECTION("without a lease nobody knows") {}
    SECTION("with a lease the commands end") {
        options = {"--lease"};
    }
    child muster(fleet.muster(options));
    REQUIRE(fleet.all_run());
    between.cut();
    CHECK(muster.wait().code == 1);
    auto const said = results_in(muster.out());
    for (auto const& shape : shapes) {
        CAPTURE(shape.host);
        CHECK(said.at(shape.host).state == "lost");
        CHECK(said.at(shape.host).command == (shape.host == "left" ? "ended" : "unknown"));  // it had told its status
        if (options.empty()) {
            CHECK(fleet.alive(shape.host) > 0);
        } else if (shape.host != "left") {
            CHECK(eventually([&] { return fleet.alive(shape.host) == (shape.host == "daemon" ? 1 : 0); }));
        }
    }
}

TEST_CASE("stop matrix: a forced command runs once and is never said to have ended while it lives") {
    auto const log = std::string("$HOME/forced");
    auto const forced = "echo run >>" + log + "; exec sleep 1000";
    bool const with_the_key = GENERATE(false, true);
    CAPTURE(with_the_key);
    ssh_fleet const fleet({"h1"}, with_the_key ? "" : "ForceCommand " + forced);
    if (with_the_key) {
        auto const key = read_file(fleet.path("server/authorized_keys"));
        write_file(fleet.path("server/authorized_keys"), "command=\"" + forced + "\" " + key);
    }
    options options;
    options.command_timeout = 1s;
    options.grace = 300ms;
    auto const result = run_on(fleet.one(), "true", options);
    CHECK(result.state == final_state::timed_out);
    CHECK(result.command == command_fate::unknown);
    CHECK(fleet.commands().size() == 1);
    CHECK(read_file(fleet.path("server/home/forced")) == "run\n");
    for (pid_t const pid : fleet.commands()) ::kill(pid, SIGKILL);
    CHECK(eventually([&] { return fleet.commands().empty(); }));
}
