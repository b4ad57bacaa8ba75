// SPDX-License-Identifier: MIT
// Names that cannot be looked up, or lead nowhere, in a network of one's own with a name server that misbehaves.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Called with a folder, the program and its words; name_server.py says what the names mean.
constexpr auto script = R"sh(
    set -eu
    folder=$1
    shift
    ip link set lo up
    ip link add dark type veth peer name beyond  # where nobody takes what is sent
    ip link set beyond up
    ip link set dark up
    ip address add 2001:db8:1::2/64 dev dark nodad
    ip neighbour add 2001:db8:1::1 lladdr 02:00:00:00:00:01 dev dark
    packaging/fleet start "$folder" h1
    trap 'packaging/fleet stop "$folder"' EXIT
    address=$(sed -n 's/^    HostName //p' "$folder/config")
    printf 'nameserver 127.0.0.1\noptions timeout:5 attempts:1\n' >"$folder/resolv.conf"
    printf 'hosts: files dns\n' >"$folder/nsswitch.conf"
    mount --bind "$folder/resolv.conf" /etc/resolv.conf
    mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf
    coproc /usr/bin/python3 tests/ssh/support/name_server.py "$address" "$folder/asked"
    read -r ready <&"${COPROC[0]}"
    sed -n '/^Host \*/,$p' "$folder/config" >"$folder/names"
    echo "    HostKeyAlias [$address]:$(sed -n 's/^    Port //p' "$folder/config")" >>"$folder/names"
    program=$1
    shift
    "$program" -F "$folder/names" "$@" || echo "code $?"
)sh";

/// The program in such a network; what it says, and the names that it asked for.
class named_run {
  public:
    explicit named_run(std::vector<std::string> const& words) : run_(all(words)) { run_.wait(); }

    std::string out() const { return run_.out(); }
    std::string err() const { return run_.err(); }
    bool has_network() const { return err().find("unshare: ") == std::string::npos; }
    std::ptrdiff_t asked_for(std::string const& name) const {
        std::istringstream lines(read_file(folder_.path("asked")));
        return std::count(std::istream_iterator<std::string>(lines), {}, name);
    }

  private:
    std::vector<std::string> all(std::vector<std::string> const& words) const {
        std::vector<std::string> list{
            "unshare",      "--net",        "--mount", "--pid", "--fork",
            "--kill-child", "--mount-proc", "bash",    "-c",    "cd " + std::string(source_dir) + ";" + script,
            "bash",         folder_.path(), program};
        list.insert(list.end(), words.begin(), words.end());
        return list;
    }

    scratch_folder folder_;
    child run_;
};

}  // namespace

TEST_CASE("names that lead nowhere fail each in its own way, and delay no other") {
    if (::getuid() != 0) SKIP("a network of one's own needs root");
    named_run const run(
        {"-t", "3s", "plain.test,both.test,dark.test,nowhere.test,broken.test,silent.test,192.0.2.1", "echo done"});
    auto const said = run.err();
    CAPTURE(run.out(), said);
    if (!run.has_network()) SKIP("no network of one's own here");
    CHECK_THAT(run.out(), ContainsSubstring("plain.test: done\n"));
    CHECK_THAT(run.out(), ContainsSubstring("both.test: done\n"));  // by its second address
    CHECK_THAT(run.out(), ContainsSubstring("dark.test: done\n"));
    CHECK_THAT(run.out(), ContainsSubstring("code 3\n"));
    CHECK_THAT(said, ContainsSubstring("nowhere.test: resolve: cannot look up nowhere.test: no such host"));
    CHECK_THAT(said, ContainsSubstring("broken.test: resolve: cannot look up broken.test: Temporary failure"));
    CHECK_THAT(said, ContainsSubstring("silent.test: resolve: no answer from the name service within 3 s"));
    CHECK_THAT(said, ContainsSubstring("192.0.2.1: connect: Network is unreachable"));
    CHECK_THAT(said, ContainsSubstring("7 hosts: 3 ok, 1 timed out, 3 unreachable"));
    CHECK(run.asked_for("nowhere") > 0);
    CHECK(run.asked_for("broken") == 2 * run.asked_for("nowhere"));  // once more
}

TEST_CASE("a result has the address that was connected to, of several that the name has") {
    if (::getuid() != 0) SKIP("a network of one's own needs root");
    named_run const run({"-t", "3s", "--json", "both.test,dark.test", "echo $SSH_CONNECTION"});
    CAPTURE(run.out(), run.err());
    if (!run.has_network()) SKIP("no network of one's own here");
    std::istringstream lines(run.out());
    int hosts = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("\"state\":\"ok\"") == std::string::npos) continue;
        ++hosts;
        CHECK_THAT(line, ContainsSubstring("\"address\":\"127."));
    }
    CHECK(hosts == 2);
}

TEST_CASE("names without an answer delay no other, however many they are") {
    if (::getuid() != 0) SKIP("a network of one's own needs root");
    // A look-up lasts 5 s and is made twice; each thread that hangs in one has to be replaced after 3 s.
    named_run const run(
        {"-t", "3s", "-v", "-f", "50", "silent.[1-49].test,plain.test,silent.[50-150].test", "echo done"});
    auto const said = run.err();
    CAPTURE(run.out(), said);
    if (!run.has_network()) SKIP("no network of one's own here");
    CHECK_THAT(said, ContainsSubstring("151 hosts: 1 ok, 150 timed out"));
    CHECK(said.find("plain.test: ok") < said.find("no answer from the name service"));
    CHECK_THAT(said, !ContainsSubstring("within 3 s after 1"));  // all that time waiting for a thread
}
