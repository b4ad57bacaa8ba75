// SPDX-License-Identifier: MIT
// Several sinks as one.
#include "output/views/tee_sink.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <stdexcept>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;

namespace {

struct counting final : sink {
    flow tell(event const&) override {
        ++heard;
        if (broken) throw std::runtime_error(broken);
        return answer;
    }

    int heard = 0;
    flow answer = flow::go_on;
    char const* broken = nullptr;
};

}  // namespace

TEST_CASE("A tee is full when any sink is") {
    counting a, b;
    tee_sink both{&a, &b};
    CHECK(both.tell(events::host_started{0}) == flow::go_on);
    a.answer = flow::full;
    CHECK(both.tell(events::host_started{0}) == flow::full);
    CHECK(a.heard == 2);
    CHECK(b.heard == 2);
}

TEST_CASE("Every sink hears everything, then the first exception goes on") {
    counting a, b, c;
    tee_sink all{&a, &b};
    all.add(c);
    a.broken = "first";
    b.broken = "second";
    CHECK_THROWS_WITH(all.tell(events::run_ended{report{}}), "first");
    CHECK(b.heard == 1);
    CHECK(c.heard == 1);
}
