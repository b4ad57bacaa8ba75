// SPDX-License-Identifier: MIT
// Secrets in the program's memory are for nobody else.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

using namespace muster::test;

namespace {

/// The program under an account that is not root's, which could read everything.
std::vector<std::string> as_nobody(scratch_folder const& folder, std::vector<std::string> const& arguments) {
    auto const copy = folder.path("muster");
    output_of({"cp", program, copy});
    output_of({"chmod", "755", folder.path(), copy});
    std::vector<std::string> words{copy, "-F", "none"};
    if (::geteuid() == 0) words.insert(words.begin(), {"setpriv", "--reuid", "65534", "--clear-groups"});
    words.insert(words.begin(), {"env", "HOME=" + folder.path(), "XDG_CONFIG_HOME=" + folder.path()});
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

/// Whom the kernel lets read the memory of the program, once it is that: root alone when it leaves no core file.
std::optional<uid_t> owner_of_memory(child const& process) {
    struct stat found {};
    if (read_file("/proc/" + std::to_string(process.pid()) + "/comm") != "muster\n") return std::nullopt;
    auto const file = "/proc/" + std::to_string(process.pid()) + "/environ";
    if (::stat(file.c_str(), &found) != 0) return std::nullopt;
    return found.st_uid;
}

}  // namespace

TEST_CASE("a run over SSH leaves no core file, and no other process of the user reads its memory") {
    scratch_folder const folder;
    tcp_server const silent([](peer const& client) { client.receive_all(); });
    child run(as_nobody(
        folder, {"-o", "UserKnownHostsFile=none", "-t", "60s", "127.0.0.1:" + std::to_string(silent.port()), "true"}));
    CHECK(eventually([&] { return owner_of_memory(run) == 0u; }));
}

TEST_CASE("local commands may leave core files, and so may the program that runs them") {
    scratch_folder const folder;
    child run(as_nobody(folder, {"--transport", "exec", "x", "sleep", "60"}));
    CHECK(eventually([&] { return owner_of_memory(run).value_or(0u) != 0u; }));
}
