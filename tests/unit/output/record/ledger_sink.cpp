// SPDX-License-Identifier: MIT
// The ledger: what is in the file at which moment.
#include "output/record/ledger_sink.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using nlohmann::json;

namespace {

/// A name in a directory of the test's own.
class scratch {
  public:
    scratch() : directory_(make()) {}
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { std::filesystem::remove_all(directory_); }

    std::string path() const { return directory_ / "run.jsonl"; }

    std::string text() const {
        std::ifstream file(path());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::vector<json> lines() const {
        std::vector<json> all;
        std::istringstream file(text());
        for (std::string line; std::getline(file, line);) all.push_back(json::parse(line));
        return all;
    }

  private:
    static std::filesystem::path make() {
        auto name = (std::filesystem::temp_directory_path() / "muster-ledger-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::bad_alloc();
        return name;
    }

    std::filesystem::path directory_;
};

ledger_header const header{"0.1.0", "uptime; \x1b", "sha256:00ff", false, "ssh2", {"--fanout=8"}};

/// Files can't grow beyond `size` while it lives (setrlimit(2)).
class file_limit {
  public:
    explicit file_limit(rlim_t size) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit const now{size, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    file_limit(file_limit const&) = delete;
    file_limit& operator=(file_limit const&) = delete;
    ~file_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }

  private:
    rlimit before_{};
    void (*signal_)(int);
};

}  // namespace

TEST_CASE("Each line is in the file when tell returns") {
    scratch file;
    writer to;
    ledger_sink record(to, ledger::file(file.path()), header);
    told_run run(record, {"web1", "db1"});
    REQUIRE(file.lines().size() == 1);
    CHECK(file.lines()[0]["type"] == "run");
    CHECK(file.lines()[0]["version"] == "0.1.0");
    CHECK(file.lines()[0]["command"] == "uptime; \x1b");
    CHECK(file.lines()[0]["command_hash"] == "sha256:00ff");
    CHECK(file.lines()[0]["hosts"] == 2);
    CHECK(file.lines()[0]["targets"] == json{"web1", "db1"});
    CHECK(file.lines()[0]["resumed"] == false);

    run.started(1);
    run.sent(1);
    REQUIRE(file.lines().size() == 2);
    CHECK(file.lines()[1]["type"] == "command_sent");
    CHECK(file.lines()[1]["host"] == "db1");

    run.out(1, "output\n");
    run.results.hosts[1].key_exchange = "mlkem768x25519-sha256";
    run.failed(1, 3);
    record.tell(events::stopping{stop_cause::failure, 0, 1, false});
    run.ended(0, final_state::not_started);
    run.over();
    auto const all = file.lines();
    REQUIRE(all.size() == 6);
    CHECK(all[2]["type"] == "result");
    CHECK(all[2]["state"] == "failed");
    CHECK(all[2]["status"] == 3);
    CHECK(all[2]["kex"] == "mlkem768x25519-sha256");
    CHECK_FALSE(all[2].contains("stdout"));
    CHECK(all[3]["type"] == "stopping");
    CHECK(all[3]["cause"] == "failure");
    CHECK(all[3]["culprit"] == "db1");
    CHECK(all[3]["at"].is_string());
    CHECK(all[4]["command"] == "not_sent");
    CHECK(all[4]["kex"] == nullptr);
    CHECK(all[5]["type"] == "summary");
    CHECK_NOTHROW(to.close());
}

TEST_CASE("A second run continues the file, also behind a line that was cut off") {
    scratch file;
    std::ofstream(file.path()) << "{\"v\":1}\n{\"v\":1,\"ty";
    writer to;
    ledger_sink record(to, ledger::file(file.path()), header);
    told_run const run(record, {"web1"});
    auto const text = file.text();
    CHECK(text.starts_with("{\"v\":1}\n{\"v\":1,\"ty\n{\"v\":1,\"type\":\"run\","));
    CHECK(text.ends_with("}\n"));
}

TEST_CASE("The file is the user's alone") {
    scratch file;
    writer to;
    ledger_sink const record(to, ledger::file(file.path()), header);
    struct stat about {};
    REQUIRE(::stat(file.path().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
}

TEST_CASE("Two runs can't write one ledger") {
    scratch file;
    writer to;
    ledger_sink const record(to, ledger::file(file.path()), header);
    CHECK_THROWS_WITH(ledger::file(file.path()), "ledger " + file.path() + ": another run is writing it");
}

TEST_CASE("A file that holds something else is left alone") {
    scratch file;
    std::ofstream(file.path()) << "hosts: a,b\n";
    CHECK_THROWS_WITH(ledger::file(file.path()), "ledger " + file.path() + ": the file holds something else");
    CHECK(file.text() == "hosts: a,b\n");
}

TEST_CASE("A ledger that can't be opened is an error before anything starts") {
    scratch none;
    CHECK_THROWS_AS(ledger::file(none.path() + "/run.jsonl"), write_error);
    CHECK_THROWS_AS(ledger::file("/"), write_error);
    CHECK_THROWS_AS(ledger::file(none.path(), ledger::file::opening::existing), write_error);
}

TEST_CASE("A full disk is told once, and leaves whole lines only") {
    scratch file;
    writer to;
    ledger_sink record(to, ledger::file(file.path()), header);
    told_run run(record, {"web1", "web2"});
    auto const before = file.text();
    {
        file_limit const limit(before.size() + 20);
        CHECK_THROWS_AS(run.sent(0), write_error);
        CHECK(file.text() == before);
        CHECK_NOTHROW(run.ended(0));
    }
    run.sent(1);  // there is room again
    CHECK(file.lines().size() == 2);
    CHECK(file.lines()[1]["host"] == "web2");
}

TEST_CASE("Without the run's line no other is written") {
    scratch file;
    writer to;
    ledger_sink record(to, ledger::file(file.path()), header);
    {
        file_limit const limit(100);
        CHECK_THROWS_AS(told_run(record, {"web1"}), write_error);
    }
    report results;
    record.tell(events::run_ended{results});
    CHECK(file.text().empty());
}

TEST_CASE("A device without room is an error as well") {
    writer to;
    ledger_sink record(to, ledger::file("/dev/full"), header);
    CHECK(record.failure().empty());
    CHECK_THROWS_WITH(told_run(record, {"web1"}), "ledger /dev/full: No space left on device");
    CHECK(record.failure() == "ledger /dev/full: No space left on device");
}
