// SPDX-License-Identifier: MIT
// What servers ask when they log users in: the servers of asking_server.py, and the program on a terminal.
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

class asking_servers {
  public:
    asking_servers()
        : program_({"/usr/bin/python3", "-W", "ignore", std::string(source_dir) + "/tests/ssh/support/asking_server.py",
                    fleet_.path("server/host_key"), std::string(fleet_password)}) {
        if (!eventually([&] { return program_.out().ends_with("ready\n"); })) FAIL("no servers: " + program_.err());
        std::istringstream lines(program_.out());
        std::string name;
        for (std::uint16_t port = 0; lines >> name >> port;) ports_[name] = port;
    }

    endpoint at(std::string const& name) const {
        auto endpoint = at_port(fleet_.one(), name, ports_.at(name));
        endpoint.settings.change().host_key_alias = known_hosts_name(fleet_.one());
        endpoint.settings.change().identities.clear();
        return endpoint;
    }

    /// Logs in with the password.
    host_result run(endpoint const& endpoint, std::string_view password = fleet_password) const {
        ssh::login_options logins;
        logins.asking.ask = [password](std::string const&, std::stop_token) {
            return std::optional(ssh::secret_text(password));
        };
        logins.asking.password_first = true;
        return run_on({endpoint}, "true", logins).hosts.front();
    }

    std::string said() const { return program_.out().substr(program_.out().find("ready\n") + 6); }

  private:
    ssh_fleet fleet_;
    child program_;
    std::map<std::string, std::uint16_t> ports_;
};

void check_refused(host_result const& result, std::string const& words) {
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring(words));
}

}  // namespace

TEST_CASE("a question for the password is answered with it, by keyboard-interactive") {
    asking_servers const servers;
    CHECK(ending(servers.run(servers.at("Server"))) == "ok ended command 0");
    CHECK(ending(servers.run(servers.at("Informing"))) == "ok ended command 0");
    check_refused(servers.run(servers.at("Server"), "wrong"), "tried keyboard-interactive");
    check_refused(run_on(servers.at("Server"), "echo never"), "permission denied (keyboard-interactive)");
}

TEST_CASE("other questions get no answer and are named") {
    asking_servers const servers;
    check_refused(servers.run(servers.at("Code")),
                  R"(the server asks "Verification code:", which muster can't answer)");
    check_refused(servers.run(servers.at("Several")), R"(the server asks "User:")");
    check_refused(servers.run(servers.at("Echoing")), R"(the server asks "\x1b]0;Type it:")");
    check_refused(servers.run(servers.at("CodeFirst")), R"(the server asks "Verification code:")");
    check_refused(servers.run(servers.at("OneTime")), R"(the server asks "One-time password:")");
    CHECK(servers.said() ==
          "answered 1 [14]\nanswered 1 [0]\nanswered 2 [0, 0]\nanswered 1 [0]\nanswered 1 [0]\nanswered 1 [0]\n");
}

TEST_CASE("a server that goes on asking gets no further answer, which would count against the account") {
    asking_servers const servers;
    check_refused(servers.run(servers.at("Repeating")), R"(permission denied: the server asks "Password:" again)");
    CHECK(servers.said() == "answered 1 [14]\n");
    check_refused(servers.run(servers.at("Insisting")),
                  R"(the server asks "Verification code:", which muster can't answer, and goes on asking)");
    CHECK(servers.said() == "answered 1 [14]\nanswered 1 [0]\n");
    check_refused(servers.run(servers.at("Endless")), "the server asks without end");
}

TEST_CASE("what is wrong with a server's questions is told") {
    asking_servers const servers;
    auto const result = servers.run(servers.at("Crowd"));
    CHECK(ending(result) == "unreachable not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("authentication: the server broke the protocol (Too many"));
}

TEST_CASE("a server's list of methods is plain text of some length in the error") {
    asking_servers const servers;
    auto const result = servers.run(servers.at("Boundless"));
    check_refused(result, R"(permission denied (\x1b[31m,xxx)");
    CHECK_THAT(result.error, ContainsSubstring("xxx...)"));
    CHECK(result.error.size() < 400);
}

TEST_CASE("a password that has to be changed is said to") {
    asking_servers const servers;
    check_refused(servers.run(servers.at("Renewal")), "password change required");
    check_refused(servers.run(servers.at("Expired")), "password change required");
}

TEST_CASE("a question for a new password is not answered with the old one") {
    asking_servers const servers;
    check_refused(servers.run(servers.at("RenewalStepByStep")), "password change required");
    check_refused(servers.run(servers.at("RenewalAtOnce")), "password change required");
    CHECK(servers.said() == "answered 1 [14]\nanswered 1 [0]\nanswered 1 [0]\n");
}

TEST_CASE("a server that takes the method none lets in with keys and without, and nobody is asked") {
    asking_servers const servers;
    auto endpoint = servers.at("Open");
    unsigned questions = 0;
    ssh::login_options logins;
    logins.asking.ask = [&questions](std::string const&, std::stop_token) {
        ++questions;
        return std::optional(ssh::secret_text(fleet_password));
    };
    logins.asking.password_when_wanted = true;
    CHECK(run_on({endpoint}, "true", logins, patient()).ok());
    endpoint.settings.change().auth_methods = {auth_method::password};
    CHECK(run_on({endpoint}, "true", logins, patient()).ok());
    CHECK(questions == 0);
    scratch_folder const folder;
    endpoint = servers.at("Open");
    endpoint.settings.change().identities = {{new_key(folder.path("unknown")), true}};
    CHECK(run_on({endpoint}, "true", logins, patient()).ok());
}

TEST_CASE("a wrong password goes to a server once, by whatever method") {
    asking_servers const servers;
    check_refused(servers.run(servers.at("Both"), "wrong"), "tried keyboard-interactive");
    CHECK(servers.said() == "answered 1 [5]\n");
    auto endpoint = servers.at("Both");
    endpoint.settings.change().auth_methods = {auth_method::password, auth_method::keyboard_interactive};
    CHECK(ending(servers.run(endpoint)) == "ok ended command 0");
    CHECK(servers.said() == "answered 1 [5]\npassword\n");
}

namespace {

/// A program on a terminal of its own, which is where it asks.
class program_on_terminal {
  public:
    explicit program_on_terminal(std::vector<std::string> const& words) {
        std::vector<char*> all;
        for (auto const& word : words) all.push_back(const_cast<char*>(word.c_str()));
        all.push_back(nullptr);
        pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
        if (pid_ == 0) {
            ::unsetenv("SSH_AUTH_SOCK");
            ::unsetenv("SSH_ASKPASS_REQUIRE");
            ::execv(all[0], all.data());
            ::_exit(126);
        }
        ::fcntl(terminal_, F_SETFL, O_NONBLOCK);
    }
    ~program_on_terminal() {
        if (!ended_) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
        ::close(terminal_);
    }
    program_on_terminal(program_on_terminal const&) = delete;
    program_on_terminal& operator=(program_on_terminal const&) = delete;

    bool shows(std::string const& text, std::size_t times = 1) {
        return eventually([&] {
            read();
            std::size_t found = 0;
            for (auto position = text_.find(text); position != std::string::npos;
                 position = text_.find(text, position + 1))
                ++found;
            return found >= times;
        });
    }
    void type(std::string const& text) const { REQUIRE(::write(terminal_, text.data(), text.size()) > 0); }
    int code() {
        int status = 0;
        REQUIRE(eventually([&] { return read(), ::waitpid(pid_, &status, WNOHANG) == pid_; }));
        ended_ = true;
        read();
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::string const& text() const { return text_; }

  private:
    void read() {
        char block[4096];
        for (ssize_t size = 0; (size = ::read(terminal_, block, sizeof block)) > 0;)
            text_.append(block, static_cast<std::size_t>(size));
    }

    int terminal_ = -1;
    pid_t pid_ = -1;
    bool ended_ = false;
    std::string text_;
};

struct locked_fleet {
    ssh_fleet fleet{{"h1", "h2"}, "PasswordAuthentication yes"};
    std::string key = new_key(fleet.path("locked"), {"-t", "ed25519", "-N", "open it"});

    locked_fleet() { fleet.authorize(key + ".pub"); }
    std::vector<std::string> muster(std::vector<std::string> const& options) const {
        std::vector<std::string> words{program, "-F", fleet.path("config"), "-t", "60s"};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {"h1,h2", "echo", "here"});
        return words;
    }
};

}  // namespace

TEST_CASE("the program asks for a passphrase on its terminal, once for all hosts, and shows nothing of it") {
    locked_fleet const home;
    program_on_terminal run(home.muster({"-i", home.key}));
    REQUIRE(run.shows("Enter passphrase for key '" + home.key + "': "));
    run.type("wrong\n");
    REQUIRE(run.shows("Enter passphrase", 2));
    run.type("open it\n");
    CHECK(run.code() == 0);
    CHECK_THAT(run.text(), ContainsSubstring("ok  2"));
    CHECK_THAT(run.text(), !ContainsSubstring("open it"));
    CHECK_THAT(run.text(), !ContainsSubstring("wrong\n"));
}

TEST_CASE("a question in the middle of a run has the terminal to itself, and the connect limit stands") {
    locked_fleet const home;
    auto const config = home.fleet.path("own_config");
    write_file(config, "IdentityFile " + home.key + "\nHost *\n" + read_file(home.fleet.path("config")));
    output_of({"sed", "-i", "s/^    IdentityFile.*//", config});
    program_on_terminal run({"/usr/bin/env", "TERM=xterm", program, "-F", config, "-t", "5s", "h1,h2", "echo", "here"});
    REQUIRE(run.shows("Enter passphrase for key '" + home.key + "': "));
    auto const shown = run.text().size();
    std::this_thread::sleep_for(6s);  // longer than the limit: nothing may happen
    run.type("open it\n");
    CHECK(run.code() == 0);
    CHECK_THAT(run.text(), ContainsSubstring("ok  2"));
    CHECK(run.text().substr(shown).starts_with("\r\n"));
    CHECK(run.text().find("Enter passphrase") == run.text().rfind("Enter passphrase"));
}

TEST_CASE("three wrong passphrases on the terminal end the program before it connects") {
    locked_fleet const home;
    auto const before = home.fleet.settled_log();
    program_on_terminal run(home.muster({"-i", home.key}));
    for (std::size_t tries = 1; tries <= 3; ++tries) {
        REQUIRE(run.shows("Enter passphrase", tries));
        run.type("wrong\n");
    }
    CHECK(run.code() == 2);
    CHECK(home.fleet.log() == before);
}

TEST_CASE("Ctrl-C at a question ends the program, with the terminal as it was") {
    locked_fleet const home;
    program_on_terminal run(home.muster({"--password"}));
    REQUIRE(run.shows("Password for 2 hosts (h1, h2): "));
    run.type("\x03");
    CHECK(run.code() == 130);
}

TEST_CASE("the program asks another program with --askpass, and by ssh's variables") {
    locked_fleet const home;
    auto const script = home.fleet.path("askpass");
    auto const asked = home.fleet.path("asked");
    write_file(script, "#!/bin/sh\necho \"$1\" >>" + asked + "\ncase $1 in *assphrase*) echo open it;; *) echo " +
                           std::string(fleet_password) + ";; esac\n");
    output_of({"chmod", "755", script});
    auto const check = [&](std::vector<std::string> const& options, std::vector<std::string> variables,
                           std::string const& question) {
        variables.insert(variables.end(), {"SSH_AUTH_SOCK=", "MUSTER_ASKPASS="});
        write_file(asked, "");
        std::vector<std::string> words{"setsid", "-w"};  // away from a terminal that the tests may have
        auto const rest = home.muster(options);
        words.insert(words.end(), rest.begin(), rest.end());
        child muster(words, variables);
        auto const end = muster.wait();
        CAPTURE(muster.err());
        CHECK(end.code == 0);
        CHECK(read_file(asked) == question);
    };
    auto const passphrase = "Enter passphrase for key '" + home.key + "': \n";
    check({"-i", home.key, "--askpass", script}, {}, passphrase);
    check({"-i", home.key}, {"SSH_ASKPASS=" + script, "SSH_ASKPASS_REQUIRE=force"}, passphrase);
    check({"-i", home.key}, {"SSH_ASKPASS=" + script, "DISPLAY=:9", "SSH_ASKPASS_REQUIRE="}, passphrase);
    check({"-o", "PubkeyAuthentication=no", "--askpass", script}, {}, "Password for 2 hosts (h1, h2): \n");
    check({"-o", "PubkeyAuthentication=no", "--password"}, {"SSH_ASKPASS=" + script, "SSH_ASKPASS_REQUIRE=force"},
          "Password for 2 hosts (h1, h2): \n");
}

TEST_CASE("what servers say before the login is shown once with -v, and not on standard output") {
    scratch_folder const folder;
    write_file(folder.path("banner"), "Authorized use only\nYou are \x1b[31mwatched\n");
    output_of({"chmod", "-R", "a+rX", folder.path()});
    ssh_fleet const fleet({"h1", "h2"}, "Banner " + folder.path("banner"));
    std::vector<std::string> words{program, "-F", fleet.path("config"), "-v", "h1,h2", "echo", "here"};
    child verbose(words);
    CHECK(verbose.wait().code == 0);
    CHECK_THAT(verbose.err(), ContainsSubstring(": banner: Authorized use only\n"));
    CHECK_THAT(verbose.err(), ContainsSubstring(": banner: You are \\x1b[31mwatched\n"));
    CHECK(verbose.err().find("Authorized") == verbose.err().rfind("Authorized"));
    CHECK_THAT(verbose.out(), !ContainsSubstring("Authorized"));
    words.erase(words.begin() + 3);
    child plain(words);
    CHECK(plain.wait().code == 0);
    CHECK_THAT(plain.err(), !ContainsSubstring("Authorized"));
}
