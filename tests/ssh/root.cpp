// SPDX-License-Identifier: MIT
// Root's login on a real sshd: before OpenSSH 9.8 the server ignores signal requests there, without a word.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>

#include "child.hpp"
#include "runs.hpp"
#include "ssh_fleet.hpp"
#include "support/paths.hpp"
#include "tcp_server.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string name_service_wrapper() {
    for (auto const& folder : std::filesystem::directory_iterator("/usr/lib")) {
        auto const file = folder.path() / "libnss_wrapper.so";
        if (std::filesystem::exists(file)) return file;
    }
    return {};
}

/// An sshd as root with accounts of its own (root's home is in its folder), and a /run of its own for the empty folder
/// that it insists on.
class root_server {
  public:
    root_server()
        : key_(new_key(folder_.path("key"))),
          host_key_(new_key(folder_.path("host_key"))),
          process_(words(), {"LD_PRELOAD=" + name_service_wrapper(), "NSS_WRAPPER_PASSWD=" + accounts("passwd"),
                             "NSS_WRAPPER_GROUP=" + accounts("group")}) {}

    bool listens() const {
        return eventually([this] { return process_.err().find("Server listening") != std::string::npos; }, 10s);
    }
    std::string words_of_server() const { return process_.err(); }

    endpoint where() const {
        endpoint one;
        one.label = "h1";
        one.address = "127.0.0.1";
        one.port = port_;
        one.user = "root";
        one.identities = {{key_, true}};
        auto const key = read_file(host_key_ + ".pub");
        write_file(folder_.path("known_hosts"), known_hosts_name(one) + " " + key);
        one.user_known_hosts = {folder_.path("known_hosts")};
        return one;
    }

  private:
    std::vector<std::string> words() const {
        write_file(folder_.path("config"), "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) + "\nHostKey " +
                                               host_key_ + "\nAuthorizedKeysFile " + key_ +
                                               ".pub\nPidFile none\nStrictModes no\nUsePAM no\n" +
                                               "PermitRootLogin yes\nPasswordAuthentication no\nPrintLastLog no\n");
        auto const in_own_run = "mount -t tmpfs none /run && mkdir /run/sshd && exec \"$@\"";
        return {"unshare", "--mount", "sh", "-c", in_own_run, "sh", sshd, "-D", "-e", "-f", folder_.path("config")};
    }

    std::string accounts(std::string const& file) const {
        auto const home = folder_.path();
        write_file(folder_.path("passwd"),
                   "root:x:0:0::" + home + ":/bin/sh\nsshd:x:62999:62999::/nonexistent:/bin/false\n");
        write_file(folder_.path("group"), "root:x:0:\nsshd:x:62999:\n");
        return folder_.path(file);
    }

    scratch_folder folder_;
    std::string key_;
    std::string host_key_;
    std::uint16_t port_ = closed_port().port();
    child process_;
};

bool alive(pid_t pid) {
    return ::kill(pid, 0) == 0;
}

}  // namespace

TEST_CASE("root's commands on an sshd that takes no signals are never said to have ended while they live") {
    if (::getuid() != 0) SKIP("needs root");
    if (std::string(sshd).empty() || name_service_wrapper().empty()) SKIP("needs an sshd and libnss_wrapper");
    root_server const server;
    if (!server.listens()) SKIP("no sshd as root here: " + server.words_of_server());
    REQUIRE(ending(run_on(server.where(), "exit 4")) == "failed ended command 4");

    pid_t command = 0;
    auto const remember = [&](event const& what) {
        if (auto const* const piece = std::get_if<events::output>(&what))
            command = std::stoi(std::string(piece->bytes));
    };
    options how;
    how.command_timeout = 1s;
    how.grace = 300ms;
    auto const result = run_on(server.where(), "echo $$; exec sleep 1000", how, remember);
    REQUIRE(command > 1);
    bool const lives = alive(command);
    if (lives) ::kill(command, SIGKILL);
    CHECK(result.state == final_state::timed_out);
    CHECK(result.command == (lives ? command_fate::unknown : command_fate::ended));
    CHECK(eventually([&] { return !alive(command); }));
}
