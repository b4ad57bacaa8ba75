// SPDX-License-Identifier: MIT
// Folding: the notation itself, and that parsing it gives the same hosts again.
#include <algorithm>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include <muster/host.hpp>

#include "hosts/fold.hpp"

using muster::fold;
using muster::parse_hosts;

namespace {

using strings = std::vector<std::string>;

strings labels(muster::host_list const& hosts) {
    strings out;
    for (auto const& host : hosts) out.push_back(host.label());
    return out;
}

strings sorted(strings all) {
    std::ranges::sort(all);
    return all;
}

// Names with numbers of all paddings, users, ports and addresses, so that neighbours, gaps and mixtures come up often.
class label_source {
  public:
    explicit label_source(unsigned seed) : random_(seed) {}

    std::string next() {
        static strings const addresses = {"::1", "2001:db8::1", "[::1]:22", "[::2]:22", "10.0.0.1", "10.0.0.2"};
        if (pick(12) == 0) return addresses[pick(addresses.size())];
        auto out = strings{"", "", "u1@", "u2@"}[pick(4)] + strings{"n", "web", "", "a-"}[pick(4)] + number();
        if (pick(3) == 0) out += strings{"b", "-", "."}[pick(3)] + number();
        if (pick(5) == 0) out += ".dc" + number();
        return pick(6) == 0 ? out + ":" + std::to_string(20 + pick(4)) : out;
    }

    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  private:
    std::string number() {
        auto const digits = std::to_string(pick(4) == 0 ? pick(1200) : pick(12));
        auto const width = pick(3) == 0 ? pick(4) : 0;
        return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("folding") {
    CHECK(fold(strings{}).empty());
    CHECK(fold(strings{"web1", "web2", "db1", "web3"}) == "web[1-3],db1");
    CHECK(fold(strings{"n12", "n3", "n9", "n4"}) == "n[3-4,9,12]");
    CHECK(fold(strings{"n08", "n09", "n10", "n100"}) == "n[08-10,100]");
    CHECK(fold(strings{"n9", "n10"}) == "n[9-10]");
    CHECK(fold(strings{"n1", "n01", "n001"}) == "n[1,01,001]");
    CHECK(fold(strings{"a1b3", "a1b4", "a2b3", "a2b4"}) == "a[1-2]b[3-4]");
    CHECK(fold(strings{"a1b3", "a1b4", "a2b3"}) == "a1b[3-4],a2b3");
    CHECK(fold(strings{"10.0.0.1", "10.0.0.2"}) == "10.0.0.[1-2]");
    CHECK(fold(strings{"u1@n1:22", "u1@n2:22", "u2@n1:22", "n1:23"}) == "u1@n[1-2]:22,u2@n1:22,n1:23");
    CHECK(fold(strings{"::1", "::2", "[::1]:22"}) == "::1,::2,[::1]:22");
    CHECK(fold(strings{"n1234567890123456789", "n1234567890123456780"}) == "n1234567890123456789,n1234567890123456780");
    CHECK(fold(strings{"web", "db"}) == "web,db");
}

TEST_CASE("a simple pattern folds to itself") {
    for (std::string const pattern : {"n[1-3,7]", "n[01-10]", "web[8-11],db1", "a[1-2]b[3-4]", "u@n[1-2]:22", "[1-9]"})
        CHECK(fold(labels(parse_hosts(pattern))) == pattern);
}

TEST_CASE("parsing what was folded gives the same hosts") {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        label_source source(seed);
        muster::host_list hosts;
        for (auto n = 1 + source.pick(30); n-- > 0;) hosts.add(parse_hosts(source.next()));
        auto const folded = fold(labels(hosts));
        INFO("seed " << seed << ": " << folded);
        auto const again = parse_hosts(folded);
        CHECK(again.duplicates() == 0);
        CHECK(sorted(labels(again)) == sorted(labels(hosts)));
    }
}

TEST_CASE("fold: a list whose order counts keeps it") {
    label_source source(Catch::getSeed());
    for (int i = 0; i < 300; ++i) {
        muster::host_list hosts;
        for (int n = 0; n < 12; ++n) hosts.add(muster::parse_hosts(source.next())[0]);
        auto const all = labels(hosts);
        std::vector<std::string_view> const views(all.begin(), all.end());
        auto const folded = muster::hosts::fold_in_order(views);
        CAPTURE(folded);
        CHECK(labels(parse_hosts(folded)) == all);
    }
}
