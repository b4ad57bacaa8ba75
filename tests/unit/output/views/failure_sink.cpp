// SPDX-License-Identifier: MIT
// Failures when they happen.
#include "output/views/failure_sink.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;

TEST_CASE("Only behind the end of a command stands how long it took") {
    captured file;
    writer to;
    failure_sink sink(to, to.add(file.descriptor(), "err"), failure_look{});
    told_run run(sink, {"web1", "web2", "web3", "last"});
    for (auto& host : run.results.hosts) host.duration = std::chrono::milliseconds(1200);
    run.failed(0, 4);
    run.results.hosts[1].remarks = {{remark_code::command_timeout, stage::command, std::chrono::seconds(1)}};
    run.ended(1, final_state::timed_out);
    run.results.hosts[2].stage = stage::host_key;
    run.ended(2, final_state::host_key, "unknown host key; remove that line");
    to.close();
    CHECK(file.text() ==
          "muster: web1: exit status 4 after 1.2 s\n"
          "muster: web2: timed out after 1 s\n"
          "muster: web3: host key: unknown host key; remove that line\n");
}

TEST_CASE("Before a question also the failure of the host that ended last is named, and once more when it runs again") {
    captured file;
    writer to;
    failure_sink sink(to, to.add(file.descriptor(), "err"), failure_look{});
    told_run run(sink, {"web1", "web2"});
    run.ended(0);
    run.failed(1, 4);
    batch const all{1, {0, 1}};
    sink.tell(events::question_asked{events::question::halted, all, 1});
    run.started(1, true);
    run.failed(1, 5);
    sink.tell(events::question_asked{events::question::halted, all, 1});
    run.over();
    to.close();
    CHECK(file.text() == "muster: web2: exit status 4 after 0 ms\nmuster: web2: exit status 5 after 0 ms\n");
}
