// SPDX-License-Identifier: MIT
// What the caller of the library is asked: passwords, passphrases, and whether an unknown host key is the right one.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <muster/async_run.hpp>
#include <muster/run.hpp>
#include <muster/ssh.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

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
