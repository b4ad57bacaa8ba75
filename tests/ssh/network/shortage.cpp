// SPDX-License-Identifier: MIT
// A machine of ours that runs out of descriptors or of ports in the middle of a run: hosts wait, and none fails.
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Lets this process open only so many files more than it has, while it lives.
class few_descriptors {
  public:
    explicit few_descriptors(std::size_t more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto few = before_;
        few.rlim_cur = open() + more;
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    few_descriptors(few_descriptors const&) = delete;
    few_descriptors& operator=(few_descriptors const&) = delete;

  private:
    static rlim_t open() {
        rlim_t highest = 0;
        for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            highest = std::max(highest, static_cast<rlim_t>(std::stoul(entry.path().filename().string())));
        }
        return highest;
    }
    rlimit before_{};
};

}  // namespace

TEST_CASE("hosts for which there are no descriptors wait for one") {
    ssh_fleet const fleet;
    auto const where = fleet.endpoints(30);
    options options;
    options.fanout = 0;
    options.connect_timeout = patience;
    report results;
    {
        few_descriptors const few(14);  // of which the loop needs some itself
        results = run_on(where, "echo $NODE", options);
    }
    for (auto const& result : results.hosts) {
        CAPTURE(result.host, error_message(result));
        CHECK(ending(result) == "ok ended command 0");
        CHECK(result.out == "h1\n");
    }
}

TEST_CASE("hosts for which there are no ports wait for one") {
    if (::getuid() != 0) SKIP("a network of one's own needs root");
    scratch_folder const folder;
    // Six ports for twenty connections to one address, in a network where nobody else has any.
    auto const script = R"sh(
        set -eu
        ip link set lo up
        packaging/fleet start "$1" h1
        trap 'packaging/fleet stop "$1"' EXIT
        { echo 'Host w*'; grep HostName "$1/config"; cat "$1/config"; } >"$1/wide"
        echo 40000 40005 >/proc/sys/net/ipv4/ip_local_port_range
        "$2" -F "$1/wide" -t 60s -f 0 'w[1-20]' 'echo done; sleep 0.1'
    )sh";
    child run({"unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c",
               "cd " + std::string(source_dir) + ";" + script, "bash", folder.path(), program});
    auto const end = run.wait();
    CAPTURE(run.out(), run.err());
    if (run.err().find("unshare: ") != std::string::npos) SKIP("no network of one's own here");
    CHECK(end.code == 0);
    CHECK_THAT(run.err(), ContainsSubstring("20 hosts: 20 ok"));
}

TEST_CASE("an address to which this machine has no way is no shortage, and another one tells more") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the program cannot be run with nss_wrapper below it");
#endif
    if (::getuid() != 0) SKIP("a network of one's own needs root");
    auto const script = R"sh(
        set -u
        ip link set lo up
        echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
        printf '::1 both only6\n127.0.0.1 both\n' >"$1/hosts"
        export LD_PRELOAD=$(echo /usr/lib/*/libnss_wrapper.so) NSS_WRAPPER_HOSTS="$1/hosts"
        "$2" -F none -p 1 -t 600s both,only6,::1 true
    )sh";
    scratch_folder const folder;
    child run({"unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", script, "bash",
               folder.path(), program});
    auto const end = run.wait();
    CAPTURE(run.out(), run.err());
    if (run.err().find("unshare: ") != std::string::npos) SKIP("no network of one's own here");
    CHECK(end.code == 3);
    CHECK_THAT(run.err(), ContainsSubstring("both: connect: Connection refused"));
    CHECK_THAT(run.err(), ContainsSubstring("connect: Network is unreachable"));
}
