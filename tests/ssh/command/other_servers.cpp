// SPDX-License-Identifier: MIT
// Real servers besides this system's OpenSSH: a newer OpenSSH, with what it brought, and dropbear.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <string>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A fleet on the newer OpenSSH; `sshd_config` as with ssh_fleet.
ssh_fleet newer(std::string const& sshd_config = {}) {
    if (std::string(newer_sshd).empty())
        SKIP("packaging/set-up has found no newer sshd, or this system's is the newest");
    return ssh_fleet({"h1"}, sshd_config, newer_sshd);
}

/// Dropbear with the account, the keys and the end of a fleet.
class dropbear {
  public:
    explicit dropbear(ssh_fleet const& fleet)
        : real_(fleet.one()),
          port_(closed_port().port()),
          program_({"bash", "-c", script, "bash", fleet.path(""), std::to_string(port_)}) {
        if (!eventually([&] { return program_.err().find("Not backgrounding") != std::string::npos; })) {
            throw std::runtime_error("no dropbear: " + program_.err());
        }
    }

    endpoint where() const {
        auto there = at_port(real_, "h1", port_);
        there.settings.change().host_key_alias = known_hosts_name(real_);
        return there;
    }

  private:
    static constexpr auto script = R"sh(
        set -eu
        server=$1/server
        dropbearconvert openssh dropbear "$server/host_key" "$server/dropbear_key" >/dev/null 2>&1
        mkdir -m 700 "$server/home/.ssh"
        install -m 600 "$server/authorized_keys" "$server/home/.ssh/"
        become=()
        if (($(id -u) == 0)); then
            owner=$(stat -c %u "$server")
            chown -R "$owner:$owner" "$server/home" "$server/dropbear_key"
            become=(setpriv --reuid "$owner" --regid "$owner" --clear-groups --inh-caps=-all)
        fi
        exec env MUSTER_FLEET="${1%/}" LD_PRELOAD="$(echo /usr/lib/*/libnss_wrapper.so)" NSS_WRAPPER_PASSWD="$server/passwd" \
            NSS_WRAPPER_GROUP="$server/group" "${become[@]}" \
            /usr/sbin/dropbear -F -E -m -s -j -k -r "$server/dropbear_key" -p "127.0.0.1:$2" -P "$server/dropbear_pid"
    )sh";

    endpoint real_;
    std::uint16_t port_;
    child program_;
};

/// What every server must get right.
void check_basics(endpoint const& endpoint) {
    auto const both = run_on(endpoint, "echo out; echo err >&2; exit 5");
    CHECK(ending(both) == "failed ended command 5");
    CHECK(both.out == "out\n");
    CHECK(both.err == "err\n");
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    CHECK(ending(run_on(endpoint, "kill -TERM $$")) == "signalled ended command TERM");
    auto const much = run_on(endpoint, "head -c 5000000 /dev/zero | tr '\\0' y; echo end >&2");
    CHECK(ending(much) == "ok ended command 0");
    CHECK(much.out == std::string(5'000'000, 'y'));
    CHECK(much.err == "end\n");
}

void check_stop(endpoint const& endpoint, ssh_fleet const& fleet) {
    options options;
    options.command_timeout = 700ms;
    auto const result = run_on(endpoint, "echo begun; exec sleep 1000", options);
    CHECK(result.state == final_state::timed_out);
    CHECK(result.out == "begun\n");
    CHECK((result.command == command_fate::ended) == fleet.commands().empty());
}

}  // namespace

TEST_CASE("a newer OpenSSH server does what this system's does") {
    auto const fleet = newer("RekeyLimit 64K");
    check_basics(fleet.one());
    check_stop(fleet.one(), fleet);
    CHECK(fleet.commands().empty());
}

TEST_CASE("a newer OpenSSH server refuses a session, forces a command, and closes a channel as an older one does") {
    auto const none = newer("MaxSessions 0");
    CHECK(ending(run_on(none.one(), "echo never")) == "refused not_sent session");
    auto const forced = newer("ForceCommand echo forced; exit 3");
    CHECK(run_on(forced.one(), "echo mine").out == "forced\n");
    auto const closing = newer("ChannelTimeout session:*=3s");
    CHECK(ending(run_on(closing.one(), "echo first; sleep 1000")) == "no_status unknown command");
}

TEST_CASE("a server that punishes failures is not asked again after one, and says so when it turns us away") {
    auto const fleet = newer("PerSourcePenalties authfail:100s min:1s");
    auto wrong = fleet.one();
    wrong.settings.change().identities = {{new_key(fleet.path("other")), true}};
    options options;
    options.retries = 3;
    auto const refused = run_on(wrong, "echo never", options);
    CHECK(ending(refused) == "auth not_sent auth");
    CHECK(refused.attempts == 1);
    host_result punished;
    CHECK(eventually([&] {
        punished = run_on(fleet.one(), "echo never");
        return punished.state != final_state::ok;
    }));
    CHECK(ending(punished) == "unreachable not_sent banner");
    CHECK_THAT(punished.error, ContainsSubstring("Not allowed at this time"));
}

TEST_CASE("a server without a MAC of ours is reached with a cipher that needs none") {
    ssh_fleet const fleet({"h1"}, "MACs umac-64@openssh.com,umac-128@openssh.com");
    for (auto const* const cipher : {"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com"}) {
        auto endpoint = fleet.one();
        endpoint.settings.change().algorithms.cipher = cipher;
        CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    }
    auto endpoint = fleet.one();
    endpoint.settings.change().algorithms.cipher = "aes128-ctr";
    CHECK_THAT(run_on(endpoint, "true").error, ContainsSubstring("no common message authentication code"));
}

TEST_CASE("dropbear does what OpenSSH does") {
    ssh_fleet const fleet;
    dropbear const other(fleet);
    check_basics(other.where());
}

TEST_CASE("a command on dropbear that takes too long is not called ended while it lives") {
    ssh_fleet const fleet;
    dropbear const other(fleet);
    options options;
    options.command_timeout = 700ms;
    options.grace = 500ms;
    auto const result = run_on(other.where(), "echo $$; exec sleep 1000", options);
    CHECK(result.state == final_state::timed_out);
    bool const lives = ::kill(std::stoi(result.out), 0) == 0;
    CHECK((result.command == command_fate::ended) == !lives);
}
