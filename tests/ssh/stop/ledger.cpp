// SPDX-License-Identifier: MIT
// SIGKILL of the program at random moments on a real sshd, and the resume behind it.
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/ledger_lines.hpp"
#include "support/paths.hpp"

using namespace muster::test;

namespace {

std::vector<std::string> sixteen_hosts() {
    std::vector<std::string> names;
    for (int i = 1; i <= 16; ++i) names.push_back("h" + std::to_string(i));
    return names;
}

bool has_children(pid_t parent) {
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream stat(entry.path() / "stat");
        std::string text;
        std::getline(stat, text);
        auto const end = text.rfind(") ");  // then state and parent, proc(5)
        if (end != std::string::npos && std::stoi(text.substr(end + 4)) == parent) return true;
    }
    return false;
}

/// A fleet on which each host's command leaves the host's name in one file.
struct recorded_fleet {
    ssh_fleet fleet{sixteen_hosts()};
    std::string ledger = fleet.path("run.jsonl");
    std::string effects = fleet.path("effects");

    std::vector<std::string> muster(std::vector<std::string> const& words) const {
        std::vector<std::string> all{program, "-q", "-F", fleet.path("config"), "-t", "60s", "-f", "4"};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }
    std::vector<std::string> first_run() const {
        return muster({"--ledger", ledger, "h[1-16]", "echo $NODE >> " + effects});
    }
    child_end run(std::vector<std::string> const& words) const { return child(muster(words)).wait(); }

    std::map<std::string, int> count_effects() const {
        std::map<std::string, int> counts;
        std::istringstream lines(read_file(effects));
        for (std::string host; std::getline(lines, host);) ++counts[host];
        return counts;
    }
    recorded record() const { return recorded(read_file(ledger)); }
    std::size_t size() const {
        std::error_code none;
        auto const bytes = std::filesystem::file_size(ledger, none);
        return none ? 0 : bytes;
    }
    /// Remote commands may run as another user.
    void begin() const {
        std::filesystem::remove(ledger);
        write_file(effects, "");
        std::filesystem::permissions(effects, std::filesystem::perms(0666));
    }
};

void kill_when_grown(recorded_fleet const& on, std::size_t size) {
    child muster(on.first_run());
    REQUIRE(eventually([&] { return on.size() >= size; }));
    muster.send(SIGKILL);
    muster.wait();
    REQUIRE(eventually([&] { return !has_children(on.fleet.listener()); }));  // no session that may still run one
    REQUIRE(eventually([&] { return on.fleet.commands().empty(); }));         // nor one that has outlived its session
}

void check_killed_run(recorded_fleet const& on) {
    auto before = on.count_effects();
    auto const killed = on.record();
    for (auto const& [host, count] : before) CHECK(killed.sent.contains(host));

    CHECK(on.run({"--resume", on.ledger, "-w", "h[1-16]", "echo $NODE >> " + on.effects}).code ==
          (killed.sent.size() > killed.ok.size() ? 1 : 0));
    auto after = on.count_effects();
    for (auto const& host : killed.sent) CHECK(after[host] == before[host]);

    CHECK(on.run({"--resume", on.ledger, "--resume-unknown"}).code == 0);
    after = on.count_effects();
    for (auto const& host : killed.ok) CHECK(after[host] == before[host]);
    CHECK(on.record().ok.size() == 16);
    CHECK(after.size() == 16);
}

}  // namespace

TEST_CASE("SIGKILL at random moments over SSH: nothing that is ok runs again, nothing that ran is forgotten") {
    recorded_fleet const on;
    on.begin();
    child first(on.first_run());
    auto const end = first.wait();
    CAPTURE(first.err());
    REQUIRE(end.code == 0);
    std::mt19937 random(Catch::getSeed());  // printed at the begin, and set by --rng-seed
    std::uniform_int_distribution<std::size_t> sizes(1, on.size() - 1000);
    for (int round = 0; round < 10; ++round) {
        auto const size = sizes(random);
        CAPTURE(round, size);
        on.begin();
        kill_when_grown(on, size);
        check_killed_run(on);
    }
}
