// SPDX-License-Identifier: MIT
// Names that cannot be looked up, or lead nowhere, in a network of one's own with a name server that misbehaves.
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "child.hpp"
#include "ssh_fleet.hpp"
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
    packaging/fleet start "$folder" h1
    trap 'packaging/fleet stop "$folder"' EXIT
    address=$(sed -n 's/^    HostName //p' "$folder/config")
    printf 'nameserver 127.0.0.1\noptions timeout:5 attempts:1\n' >"$folder/resolv.conf"
    printf 'hosts: files dns\n' >"$folder/nsswitch.conf"
    mount --bind "$folder/resolv.conf" /etc/resolv.conf
    mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf
    coproc /usr/bin/python3 tests/ssh/name_server.py "$address"
    read -r ready <&"${COPROC[0]}"
    sed -n '/^Host \*/,$p' "$folder/config" >"$folder/names"
    echo "    HostKeyAlias [$address]:$(sed -n 's/^    Port //p' "$folder/config")" >>"$folder/names"
    program=$1
    shift
    "$program" -F "$folder/names" "$@" || echo "code $?"
)sh";

}  // namespace

TEST_CASE("names that lead nowhere fail each in its own way, and delay no other") {
    if (::getuid() != 0) SKIP("a network of one's own needs root");
    scratch_folder const folder;
    child run({"unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c",
               "cd " + std::string(source_dir) + ";" + script, "bash", folder.path(), program, "-t", "3s",
               "plain.test,both.test,nowhere.test,broken.test,silent.test,192.0.2.1", "echo done"});
    run.wait();
    auto const said = run.err();
    CAPTURE(run.out(), said);
    if (said.find("unshare: ") != std::string::npos) SKIP("no network of one's own here");
    CHECK_THAT(run.out(), ContainsSubstring("plain.test: done\n"));
    CHECK_THAT(run.out(), ContainsSubstring("both.test: done\n"));  // by its second address
    CHECK_THAT(run.out(), ContainsSubstring("code 3\n"));
    CHECK_THAT(said, ContainsSubstring("nowhere.test: resolve: cannot look up nowhere.test: no such host"));
    CHECK_THAT(said, ContainsSubstring("broken.test: resolve: cannot look up broken.test: Temporary failure"));
    CHECK_THAT(said, ContainsSubstring("silent.test: resolve: no answer from the name service within 3 s"));
    CHECK_THAT(said, ContainsSubstring("192.0.2.1: connect: Network is unreachable"));
    CHECK_THAT(said, ContainsSubstring("6 hosts: 2 ok, 1 timed out, 3 unreachable"));
}
