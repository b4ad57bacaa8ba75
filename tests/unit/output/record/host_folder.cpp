// SPDX-License-Identifier: MIT
// Names of files for hosts.
#include "output/record/host_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

using muster::output::host_file_name;

TEST_CASE("Names of hosts stay what they are where they can") {
    CHECK(host_file_name("web1") == "web1");
    CHECK(host_file_name("root@db1.example.org:2222") == "root@db1.example.org:2222");
    CHECK(host_file_name("[::1]:22") == "[::1]:22");
}

TEST_CASE("No name leads out of the folder, hides, or is another host's") {
    CHECK(host_file_name("../etc/passwd") == "%2E.%2Fetc%2Fpasswd");
    CHECK(host_file_name("..") == "%2E.");
    CHECK(host_file_name(".results.jsonl") == "%2Eresults.jsonl");
    CHECK(host_file_name("a%2Fb") == "a%252Fb");
    CHECK(host_file_name("a.err") == "a%2Eerr");
    CHECK(host_file_name("a\nb") == "a%0Ab");
    std::string const text(300, '/'), other(301, '/');
    CHECK(host_file_name(text).size() <= 251);
    CHECK(host_file_name(text) != host_file_name(other));
    std::set<std::string> names;
    for (auto const* label : {"a", "a.err", "a%2Eerr", "a/b", "a%2Fb", "A"}) {
        CHECK(names.insert(host_file_name(label)).second);
        CHECK(names.insert(host_file_name(label) + ".err").second);
    }
}
