// SPDX-License-Identifier: MIT
// Labels that leave room for the text.
#include "output/words/host_labels.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "output/terminal/text_width.hpp"

using namespace muster;
using namespace muster::output;

namespace {

std::vector<host_result> named(std::vector<std::string> const& names) {
    std::vector<host_result> hosts(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) hosts[i].host = names[i];
    return hosts;
}

std::vector<std::string> fitted(std::vector<std::string> const& names, std::size_t columns = 80) {
    auto const hosts = named(names);
    host_labels labels;
    labels.begin(hosts, "…");
    labels.fit(columns);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < hosts.size(); ++i) all.emplace_back(labels.fitted(i));
    return all;
}

}  // namespace

TEST_CASE("The domain that all hosts share is left out") {
    using list = std::vector<std::string>;
    CHECK(fitted({"web1.example.org", "db.example.org"}) == list{"web1", "db"});
    CHECK(fitted({"web1.a.org", "web1.b.org"}) == list{"web1.a", "web1.b"});
    CHECK(fitted({"web1.a.org", "db"}) == list{"web1.a.org", "db"});
    CHECK(fitted({"10.0.0.1", "10.1.0.1"}) == list{"10.0.0.1", "10.1.0.1"});
    CHECK(fitted({"web1.a.org"}) == list{"web1.a.org"});
    CHECK(fitted({"web1.a.org:22", "web1.a.org:23"}) == list{"web1.a.org:22", "web1.a.org:23"});
}

TEST_CASE("A user is no part of a label where that is not wanted") {
    auto const hosts = named({"bob@web1.a.org", "web2.a.org", "a@b@web3.a.org"});
    host_labels labels;
    labels.begin(hosts, "…", false);
    CHECK(labels.full(0) == "web1.a.org");
    CHECK(labels.full(1) == "web2.a.org");
    CHECK(labels.full(2) == "web3.a.org");
    CHECK(labels.fitted(0) == "web1");
}

TEST_CASE("Labels that would become alike keep the part that tells them apart") {
    using list = std::vector<std::string>;
    std::string const front = "root@a-very-long-host-name-number-", back = ".rack7.example.com:2222";
    CHECK(fitted({front + "1" + back, front + "12" + back, "short", front + "3" + back}) ==
          list{"…-number-1.rack7.ex…", "…-number-12.rack7.e…", "short", "…-number-3.rack7.ex…"});
    CHECK(fitted({"n1" + front, "n2" + front}, 40) == list{"n1ro…mber-", "n2ro…mber-"});
    auto const far_apart = front + "1" + std::string(30, 'x') + "2" + back;
    auto const other = front + "2" + std::string(30, 'x') + "1" + back;
    CHECK(fitted({far_apart, other}) == list{far_apart, other});  // nothing shorter tells both numbers
}

TEST_CASE("A long label loses its middle, by the width of the terminal") {
    std::string const name = "a-very-long-name-of-a-host-0042";
    CHECK(fitted({name, "x"}, 200)[0] == "a-very-long…-a-host-0042");
    CHECK(fitted({name, "x"}, 40)[0] == "a-ve…-0042");
    CHECK(columns_of_text(fitted({name, "x"}, 40)[0]) == 10);
    auto const hosts = named({name, "x"});
    host_labels labels;
    labels.begin(hosts, "…");
    labels.fit(40);
    CHECK(labels.padding(1) == 9);
    CHECK(labels.full(0) == name);
}
