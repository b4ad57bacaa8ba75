// SPDX-License-Identifier: MIT
// The words of ssh's command line: what was said of a host, and nothing that its configuration has to say.
#include "system_ssh/ssh_words.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace muster;
using system_ssh::ssh_target;

namespace {

std::vector<std::string> words_for(ssh_target const& target) {
    endpoint host;
    host.name = "web";
    host.address = "192.0.2.1";
    host.user = "root";  // as muster's reading of the configuration has it
    host.port = 22;
    host.settings.change().identities.push_back({.path = "/keys/100%", .required = true});
    system_ssh::ssh_settings settings;
    settings.target_of = [&](endpoint const&) { return target; };
    return system_ssh::ssh_words(settings, host, step{"true"}, 0);
}

bool holds(std::vector<std::string> const& all, std::vector<std::string> const& some) {
    return !std::ranges::search(all, some).empty();
}

}  // namespace

TEST_CASE("without a word of the user, ssh's configuration decides user, port and address") {
    auto const words = words_for({.name = "web"});
    CHECK(std::ranges::find(words, "-l") == words.end());
    CHECK(std::ranges::find(words, "-p") == words.end());
    CHECK(std::ranges::none_of(words, [](auto const& word) { return word.starts_with("HostName="); }));
    CHECK(holds(words, {"-i", "/keys/100%%"}));
    CHECK(holds(words, {"web", "--", "true"}));
}

TEST_CASE("what a list or an inventory says of a host goes before ssh's configuration") {
    auto const words = words_for({.name = "fe80::1%lo", .user = "bob", .port = 2222, .jump = "a,bob@b:22"});
    CHECK(holds(words, {"-l", "bob", "-p", "2222"}));
    CHECK(holds(words, {"-o", "ProxyJump=a,bob@b:22"}));
    CHECK(holds(words, {"fe80::1%lo", "--", "true"}));
}
