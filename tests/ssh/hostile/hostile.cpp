// SPDX-License-Identifier: MIT
// Servers that are closed, silent, mute, endless or no SSH servers at all, beside one that works.
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/loop_probe.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr auto identification = "SSH-2.0-hostile\r\n";

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

void send_for_ever(peer const& to, std::string const& text) {
    while (to.send(text)) {
    }
}

/// A binary packet (RFC 4253 section 6) before keys are in use, of the given message.
std::string packet(std::string const& message) {
    std::size_t const padding = 8 - (5 + message.size()) % 8 + 8;
    std::size_t const length = 1 + message.size() + padding;
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> static_cast<unsigned>(shift));
    return bytes + static_cast<char>(padding) + message + std::string(padding, '\0');
}

struct hostile_host {
    char const* name;
    tcp_server::script serve;
    char const* ending;  // see runs.hpp
    char const* text;    // in the error
};

/// What the servers send comes at once, but for the slow ones.
std::vector<hostile_host> const& hostile_hosts() {
    using namespace std::string_literals;
    static std::vector<hostile_host> const all = {
        {"silent", [](peer const& to) { to.receive_all(); }, "timed_out not_sent banner", "no SSH banner within"},
        {"slow",
         [](peer const& to) {
             while (to.send("S")) std::this_thread::sleep_for(50ms);
         },
         "timed_out not_sent banner", "no SSH banner within"},
        {"closing", [](peer const&) {}, "unreachable not_sent banner", "MaxStartups"},
        {"http",
         [](peer const& to) {
             to.receive();
             to.send("HTTP/1.1 400 Bad \x1b[31mRequest\r\nConnection: close\r\n\r\n");
         },
         "unreachable not_sent banner", "not an SSH server, said: HTTP/1.1 400 Bad"},
        {"mail", [](peer const& to) { to.send("220 mail.example ESMTP\r\n"), to.receive_all(); },
         "timed_out not_sent banner", "no SSH banner within 5 s; the server said: 220 mail.example ESMTP"},
        {"endless-lines", [](peer const& to) { send_for_ever(to, repeated("welcome to this machine\r\n", 1000)); },
         "unreachable not_sent banner", "not an SSH server (no SSH- line in the first 64 KiB), said: welcome to"},
        {"endless-line", [](peer const& to) { send_for_ever(to, std::string(65536, 'x')); },
         "unreachable not_sent banner", "not an SSH server (no SSH- line in the first 64 KiB), said: xxx"},
        {"endless-version", [](peer const& to) { send_for_ever(to, "SSH-2.0-" + std::string(65536, 'x')); },
         "unreachable not_sent banner", "SSH"},
        {"zeros", [](peer const& to) { send_for_ever(to, std::string(65536, '\0')); }, "unreachable not_sent banner",
         "SSH"},
        {"ssh1", [](peer const& to) { to.send("SSH-1.5-old\r\n"), to.receive_all(); }, "unreachable not_sent banner",
         "SSH-1"},
        {"nul-in-banner", [](peer const& to) { to.send("SSH-2.0-a\0b\r\n"s), to.receive_all(); },
         "unreachable not_sent banner", "no identification of an SSH server (a NUL byte in it), said: SSH-2.0-a"},
        {"closing-in-kex", [](peer const& to) { to.send(identification), to.receive(); },
         "unreachable not_sent handshake", "key exchange"},
        {"saying-why", [](peer const& to) { to.send("Exceeded MaxStartups\r\n"); }, "unreachable not_sent banner",
         "Exceeded MaxStartups"},
        {"garbage", [](peer const& to) { to.send(identification + std::string(64, '\x7f')), to.receive_all(); },
         "unreachable not_sent handshake", "key exchange"},
        {"huge-packet",
         [](peer const& to) { to.send(identification + "\x7f\xff\xff\xff"s + std::string(64, 'x')), to.receive_all(); },
         "unreachable not_sent handshake", "key exchange"},
        {"empty-packet", [](peer const& to) { to.send(identification + std::string(64, '\0')), to.receive_all(); },
         "unreachable not_sent handshake", "key exchange"},
        {"short-kexinit", [](peer const& to) { to.send(identification + packet("\x14 too short")), to.receive_all(); },
         "unreachable not_sent handshake", "key exchange"},
        {"ignoring",
         [](peer const& to) {  // SSH_MSG_IGNORE, with an empty string in it, for ever
             to.send(identification);
             send_for_ever(to, repeated(packet("\x02\0\0\0\0"s), 1000));
         },
         "unreachable not_sent handshake", "without end before the login"},
        {"hoarding",
         [](peer const& to) {  // messages that nobody knows
             to.send(identification);
             send_for_ever(to, repeated(packet("\xc8"), 1000));
         },
         "unreachable not_sent handshake", "has no place in a key exchange"},
        {"asking",
         [](peer const& to) {  // SSH_MSG_GLOBAL_REQUEST that wants an answer
             to.send(identification);
             send_for_ever(to, repeated(packet("\x50\0\0\0\x01x\x01"s), 1000));
         },
         "unreachable not_sent handshake", "has no place in a key exchange"},
        {"disconnecting",
         [](peer const& to) {  // SSH_MSG_DISCONNECT, reason 12
             to.send(identification + packet("\x01\0\0\0\x0c\0\0\0\x09go \x1b[2Jaway\0\0\0\0"s));
             to.receive_all();
         },
         "unreachable not_sent handshake", "go "},
        {"mute-after-banner", [](peer const& to) { to.send(identification), to.receive_all(); },
         "timed_out not_sent handshake", "no end of the key exchange within"},
    };
    return all;
}

/// Runs on the hosts for as long as it takes and returns how long that was.
std::chrono::nanoseconds lasting(endpoint const& endpoint, options const& options, host_result& result) {
    auto const begin = std::chrono::steady_clock::now();
    result = run_on(endpoint, "echo never", options);
    return std::chrono::steady_clock::now() - begin;
}

endpoint unknown_host(std::uint16_t port) {
    endpoint endpoint;
    endpoint.user = "fleet";
    return at_port(endpoint, "h1", port);
}

/// The real server as a relay before it shows it.
endpoint behind(endpoint const& real, tcp_server const& relay) {
    auto endpoint = at_port(real, "h1", relay.port());
    endpoint.settings.change().host_key_alias = known_hosts_name(real);
    return endpoint;
}

}  // namespace

TEST_CASE("a refused port is unreachable at once") {
    closed_port const nobody;
    host_result result;
    auto const took = lasting(unknown_host(nobody.port()), {}, result);
    CHECK(ending(result) == "unreachable not_sent connect");
    CHECK_THAT(error_message(result), ContainsSubstring("Connection refused"));
    CHECK(took < 5s);
}

TEST_CASE("a connection that is never established ends at the deadline") {
    full_queue const full;
    options options;
    options.connect_timeout = 1s;
    host_result result;
    auto const took = lasting(unknown_host(full.port()), options, result);
    CHECK(ending(result) == "timed_out not_sent connect");
    CHECK(error_message(result) == "timed out after 1 s");
    CHECK(took >= 1s);
    CHECK(took < 3s);
}

TEST_CASE("a silent port ends at the deadline") {
    tcp_server const silent([](peer const& to) { to.receive_all(); });
    options options;
    options.connect_timeout = 1s;
    host_result result;
    auto const took = lasting(unknown_host(silent.port()), options, result);
    CHECK(ending(result) == "timed_out not_sent banner");
    CHECK(error_message(result) == "no SSH banner within 1 s");
    CHECK(took >= 1s);
    CHECK(took < 3s);
}

TEST_CASE("hostile servers fail each in its own way, and keep nobody waiting") {
    ssh_fleet const fleet;
    std::vector<std::unique_ptr<tcp_server>> servers;
    std::vector<endpoint> where;
    for (auto const& hostile_host : hostile_hosts()) {
        servers.push_back(std::make_unique<tcp_server>(hostile_host.serve));
        where.push_back(at_port(fleet.one(), hostile_host.name, servers.back()->port()));
    }
    auto const good = fleet.endpoints(5);
    where.insert(where.end(), good.begin(), good.end());
    options options;
    options.connect_timeout = 5s;
    loop_probe probe;
    auto const results = run_probed(where, options, probe);

    for (std::size_t i = 0; i < hostile_hosts().size(); ++i) {
        auto const& expected = hostile_hosts()[i];
        auto const& result = results.hosts[i];
        CAPTURE(expected.name, error_message(result), ending(result));
        CHECK(ending(result) == expected.ending);
        CHECK_THAT(error_message(result), ContainsSubstring(expected.text));
        CHECK(error_message(result).find('\x1b') == std::string::npos);
        CHECK(error_message(result).size() < 300);
        CHECK(result.command == command_fate::not_sent);
        CHECK(result.duration < 7s);
    }
    for (std::size_t i = hostile_hosts().size(); i < where.size(); ++i) CHECK(results.hosts[i].out == "h1\n");
    CHECK(probe.longest < 100ms);
    CHECK(probe.most_memory < hostile_hosts().size() * 1024 * 1024);
}

TEST_CASE("lines before the banner, which are allowed, do no harm") {
    ssh_fleet const fleet;
    auto const real = fleet.one();
    tcp_server const polite([&](peer const& to) {
        to.send("Authorized use only.\r\nSSH is a word here, too\r\n");
        to.relay_to(real, [](std::string&) { return true; });
    });
    auto const result = run_on(behind(real, polite), "echo done");
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "done\n");
}

TEST_CASE("the server's words at the login are no output") {
    scratch_folder const texts;
    write_file(texts.path("banner"), "Authorized use only\n");
    ::chmod(texts.path().c_str(), 0755);
    ssh_fleet const fleet({"h1"}, "Banner " + texts.path("banner"));
    auto const result = run_on(fleet.one(), "echo done");
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "done\n");
    CHECK(result.err.empty());
}

TEST_CASE("a connection that breaks in the middle of the output is lost, with what had come") {
    ssh_fleet const fleet;
    auto const real = fleet.one();
    bool const reset = GENERATE(false, true);
    tcp_server const breaking([&](peer const& to) {
        std::size_t passed = 0;
        to.relay_to(real, [&](std::string& bytes) {
            passed += bytes.size();
            if (passed < 300'000) return true;
            if (reset) to.reset_at_close();
            bytes[bytes.size() / 2] ^= 1;  // the packet's authentication code is wrong then
            return !reset;
        });
    });
    options options;
    options.connect_timeout = patience;
    auto const result = run_on(behind(real, breaking), "yes", options);
    CHECK(ending(result) == "lost unknown command");
    CHECK(result.out.size() > 30'000);  // a reset takes with it what the relay's kernel had not sent yet
    CHECK(result.out.size() < 300'000);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < result.out.size(); ++i) wrong += result.out[i] != "y\n"[i % 2] ? 1U : 0U;
    CHECK(wrong == 0);
    CAPTURE(error_message(result));
    CHECK_THAT(error_message(result), ContainsSubstring("connection lost: "));
    CHECK(eventually([&] { return fleet.commands().empty(); }));  // a writer dies with its connection
}

TEST_CASE("no common algorithm is told as such") {
    ssh_fleet const fleet({"h1"}, "KexAlgorithms sntrup761x25519-sha512@openssh.com");
    auto const result = run_on(fleet.one(), "echo never");
    CHECK(ending(result) == "unreachable not_sent handshake");
    CAPTURE(error_message(result));
    CHECK_THAT(error_message(result), ContainsSubstring("sntrup761x25519-sha512@openssh.com"));
}

TEST_CASE("a server that has its hands full says so") {
    ssh_fleet const fleet({"h1"}, "MaxStartups 1");
    auto const endpoint = fleet.one();
    // Takes the only place; the fleet's own look at the port may hold it a moment longer.
    std::string const port = "/dev/tcp/" + endpoint.address + "/" + std::to_string(endpoint.port);
    child const waiting({"bash", "-c",
                         "for try in {1..300}; do exec 3<>" + port +
                             " && read -r line <&3 && case $line in SSH-2.0*) echo \"$line\"; exec sleep 1000;; esac; "
                             "exec 3>&-; sleep 0.1; done"});
    REQUIRE(eventually([&] { return waiting.out().starts_with("SSH-2.0"); }));
    auto const result = run_on(endpoint, "echo never");
    CHECK(ending(result) == "unreachable not_sent banner");
    CHECK_THAT(error_message(result), ContainsSubstring("MaxStartups"));
}
