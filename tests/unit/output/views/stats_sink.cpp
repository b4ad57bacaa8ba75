// SPDX-License-Identifier: MIT
// The times of a run's stages.
#include "output/views/stats_sink.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using namespace std::chrono_literals;

TEST_CASE("Each stage that took time has a line, in the order in which hosts pass them") {
    captured file;
    writer to;
    stats_sink sink(to, to.add(file.descriptor(), "err"));
    told_run run(sink, {"web1", "web2", "web3", "never"});
    auto& hosts = run.results.hosts;
    hosts[0].stages = {{stage::resolve, 900us}, {stage::host_key, 2ms}, {stage::command, 30ms}, {stage::check, 5ms}};
    hosts[1].stages = {{stage::resolve, 300us}, {stage::host_key, 9ms}, {stage::push, 70ms}, {stage::command, 1200ms}};
    hosts[2].stages = {{stage::resolve, 100us}, {stage::host_key, 4ms}};
    hosts[0].duration = 40ms;
    hosts[1].duration = 1300ms;
    hosts[2].duration = 5ms;
    run.over();
    to.close();
    CHECK(file.text() ==
          "muster: host key: half within 4 ms, 95 % within 9 ms, slowest 9 ms (web2)\n"
          "muster: push: half within 70 ms, 95 % within 70 ms, slowest 70 ms (web2)\n"
          "muster: command: half within 30 ms, 95 % within 1.2 s, slowest 1.2 s (web2)\n"
          "muster: check: half within 5 ms, 95 % within 5 ms, slowest 5 ms (web1)\n"
          "muster: slowest hosts: web2 1.3 s, web1 40 ms, web3 5 ms, never 0 ms\n");
}
