// SPDX-License-Identifier: MIT
// What the caller of the library is asked: passwords, passphrases, and whether an unknown host key is the right one.
#include <sys/stat.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <muster/async_run.hpp>
#include <muster/run.hpp>
#include <muster/ssh.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

report run_asking(std::vector<endpoint> const& where, login_hooks const& hooks) {
    null_sink sink;
    job const job{"echo hello"};
    return run(where, job, {}, sink, {}, hooks);
}

/// A question that is answered when its stop is requested, and never before.
class unanswered_question {
  public:
    login_hooks hooks() {
        login_hooks asking;
        asking.secret = [this](std::string const&, std::stop_token stop) {
            wait(std::move(stop));
            return std::nullopt;
        };
        asking.accept_host_key = [this](unknown_server const&, std::stop_token stop) {
            wait(std::move(stop));
            return false;
        };
        return asking;
    }
    bool asked() const { return asked_; }
    bool stopped() const { return stopped_; }

  private:
    void wait(std::stop_token stop) {
        asked_ = true;
        std::mutex mutex;
        std::condition_variable_any requested;
        std::unique_lock lock(mutex);
        requested.wait(lock, stop, [] { return false; });
        stopped_ = true;
    }

    std::atomic<bool> asked_ = false;
    std::atomic<bool> stopped_ = false;
};

void run_until_asked(asio::io_context& context, unanswered_question const& question) {
    while (!question.asked()) context.run_one_for(std::chrono::milliseconds(10));
}

endpoint wanting_password(ssh_fleet const& fleet) {
    auto host = fleet.one();
    host.settings.change().identities.clear();
    host.settings.change().batch_mode = false;
    return host;
}

endpoint of_unknown_key(ssh_fleet const& fleet) {
    auto host = fleet.one();
    host.settings.change().batch_mode = false;
    host.settings.change().host_keys = host_key_policy::strict;
    host.settings.change().global_known_hosts.clear();
    host.settings.change().user_known_hosts = {fleet.path("learnt")};
    return host;
}

}  // namespace

TEST_CASE("hooks: a context that dies while a question waits requests its stop") {
    ssh_fleet const fleet({"h1"}, "PasswordAuthentication yes");
    std::vector<endpoint> const where{wanting_password(fleet)};
    job const job{"true"};
    options const how;
    null_sink sink;
    unanswered_question question;
    {
        asio::io_context context(1);
        asio::co_spawn(context, async_run(where, job, how, sink, question.hooks()), [](auto const&...) {});
        run_until_asked(context, question);
    }
    CHECK(question.stopped());
}

TEST_CASE("hooks: a client that dies while a question waits requests its stop") {
    ssh_fleet const fleet({"h1"});
    std::vector<endpoint> const where{of_unknown_key(fleet)};
    job const job{"true"};
    options const how;
    null_sink sink;
    unanswered_question question;
    {
        asio::io_context context(1);
        std::optional<ssh_client> client(std::in_place, context.get_executor(), question.hooks());
        asio::co_spawn(context, async_run(where, job, how, sink, *client), [](auto const&...) {});
        run_until_asked(context, question);
        client.reset();
    }
    CHECK(question.stopped());
}

TEST_CASE("hooks: a password is asked for once for all hosts") {
    ssh_fleet const fleet({"h1", "h2"}, "PasswordAuthentication yes");
    auto where = fleet.endpoints();
    for (auto& host : where) {
        host.settings.change().identities.clear();
        host.settings.change().batch_mode = false;
    }
    std::atomic<int> asked = 0;
    login_hooks hooks;
    hooks.secret = [&](std::string const& prompt, std::stop_token) {
        ++asked;
        CHECK_THAT(prompt, ContainsSubstring("assword"));
        return std::string(fleet_password);
    };
    CHECK(run_asking(where, hooks).ok());
    CHECK(asked == 1);
    CHECK(run_asking(where, {}).count(final_state::auth) == 2);
}

TEST_CASE("hooks: an unknown host key that the caller accepts is recorded; one that it refuses is not") {
    ssh_fleet const fleet({"h1"});
    auto endpoint = fleet.one();
    auto const known_hosts = fleet.path("learnt");
    endpoint.settings.change().batch_mode = false;
    endpoint.settings.change().host_keys = host_key_policy::strict;
    endpoint.settings.change().global_known_hosts.clear();
    endpoint.settings.change().user_known_hosts = {known_hosts};
    std::set<std::string> shown;
    bool answer = false;
    login_hooks hooks;
    hooks.accept_host_key = [&](unknown_server const& server, std::stop_token) {
        shown.insert(server.host.label + " " + std::string(server.key_type) + " " +
                     std::string(server.fingerprint.substr(0, 7)));
        return answer;
    };
    CHECK(ending(run_asking({endpoint}, hooks).hosts.front()) == "host_key not_sent host_key");
    CHECK(shown == std::set<std::string>{"h1 ED25519 SHA256:"});
    answer = true;
    CHECK(run_asking({endpoint}, hooks).ok());
    shown.clear();
    CHECK(run_asking({endpoint}, hooks).ok());  // known by now
    CHECK(shown.empty());
    CHECK_THAT(read_file(known_hosts), ContainsSubstring("ssh-ed25519"));
}

TEST_CASE("hooks: nobody is asked about a changed key") {
    ssh_fleet const fleet({"h1"});
    auto endpoint = fleet.one();
    endpoint.settings.change().batch_mode = false;
    auto const other = new_key(fleet.path("other"));
    auto const key = read_file(other + ".pub");
    write_file(fleet.path("changed"), known_hosts_name(endpoint) + " " + key);
    endpoint.settings.change().global_known_hosts.clear();
    endpoint.settings.change().user_known_hosts = {fleet.path("changed")};
    bool asked = false;
    login_hooks hooks;
    hooks.accept_host_key = [&](unknown_server const&, std::stop_token) { return asked = true; };
    auto const result = run_asking({endpoint}, hooks).hosts.front();
    CHECK(result.state == final_state::host_key);
    CHECK_THAT(result.error, ContainsSubstring("HOST KEY CHANGED"));
    CHECK_FALSE(asked);
}

TEST_CASE("hooks: a passphrase is asked for once for all hosts") {
    ssh_fleet const fleet({"h1", "h2"});
    auto const key = new_key(fleet.path("locked"), {"-t", "ed25519", "-N", "open it"});
    fleet.authorize(key + ".pub");
    auto where = fleet.endpoints();
    bool const by_name = GENERATE(true, false);
    for (auto& host : where) {
        host.settings.change().identities = {{key, by_name}};
        host.settings.change().batch_mode = false;
    }
    std::vector<std::string> asked;
    login_hooks hooks;
    hooks.secret = [&](std::string const& prompt, std::stop_token) {
        asked.push_back(prompt);
        return "open it";
    };
    CHECK(run_asking(where, hooks).ok());
    CHECK(asked == std::vector<std::string>{"Enter passphrase for key '" + key + "': "});
}

TEST_CASE("hooks: what one throws ends the run as run_error, and before it begins comes out as it is") {
    ssh_fleet const fleet({"h1"}, "PasswordAuthentication yes");
    login_hooks hooks;
    hooks.secret = [](std::string const&, std::stop_token) -> std::optional<std::string> {
        throw std::out_of_range("no such secret");
    };
    hooks.accept_host_key = [](unknown_server const&, std::stop_token) -> bool {
        throw std::out_of_range("no such server");
    };
    SECTION("for a key that was asked for by name") {
        auto host = fleet.one();
        host.settings.change().identities = {{new_key(fleet.path("locked"), {"-t", "ed25519", "-N", "open it"}), true}};
        CHECK_THROWS_AS(run_asking({host}, hooks), std::out_of_range);
    }
    SECTION("for a password") {
        auto const host = wanting_password(fleet);
        CHECK_THROWS_MATCHES(run_asking({host}, hooks), run_error, MessageMatches(ContainsSubstring("no such secret")));
    }
    SECTION("for a host key") {
        auto const host = of_unknown_key(fleet);
        CHECK_THROWS_MATCHES(run_asking({host}, hooks), run_error, MessageMatches(ContainsSubstring("no such server")));
    }
}

TEST_CASE("hooks: a key that was asked for by name and can't be had is a login_error, and nothing is started") {
    ssh_fleet const fleet({"h1"});
    auto const before = fleet.settled_log();
    auto host = fleet.one();
    SECTION("no such file") {
        host.settings.change().identities = {{fleet.path("nobody"), true}};
    }
    SECTION("no passphrase for it") {
        host.settings.change().identities = {{new_key(fleet.path("locked"), {"-t", "ed25519", "-N", "open it"}), true}};
    }
    CHECK_THROWS_AS(run_asking({host}, {}), login_error);
    CHECK(fleet.log() == before);
}

TEST_CASE("hooks: the caller is told what a server says before the login, and warnings once") {
    scratch_folder const folder;
    write_file(folder.path("banner"), "Authorized use only\n");
    ::chmod(folder.path().c_str(), 0755);
    ssh_fleet const fleet({"h1", "h2"}, "Banner " + folder.path("banner"));
    auto where = fleet.endpoints();
    for (auto& host : where) host.settings.change().forward_agent_socket = fleet.path("nobody");
    std::set<std::string> banners;
    std::vector<std::string> warnings;
    login_hooks hooks;
    hooks.banner = [&](std::string const& host, std::string const& text) { banners.insert(host + ": " + text); };
    hooks.warning = [&](std::string const& text) { warnings.push_back(text); };
    CHECK(run_asking(where, hooks).ok());
    CHECK(banners == std::set<std::string>{"h1: Authorized use only\n", "h2: Authorized use only\n"});
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], ContainsSubstring("no agent listens at " + fleet.path("nobody")));
}
