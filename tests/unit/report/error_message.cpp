// SPDX-License-Identifier: MIT
// What results say in words.
#include <muster/report.hpp>

#include <catch2/catch_test_macros.hpp>

using namespace muster;
using namespace std::chrono_literals;

namespace {

host_result ended(final_state state, command_fate command = command_fate::ended) {
    host_result result;
    result.state = state;
    result.command = command;
    return result;
}

std::string of(remark const& only, std::string_view error = {}) {
    return error_message({&only, 1}, error);
}

}  // namespace

TEST_CASE("a command's end is told by its status or its signal") {
    auto result = ended(final_state::failed);
    result.status = 3;
    CHECK(error_message(result) == "exit status 3");
    result.state = final_state::ok;
    CHECK(error_message(result).empty());
    result.state = final_state::signalled;
    result.status.reset();
    CHECK(error_message(result) == "killed by a signal without a name");
    result.signal = "KILL";
    CHECK(error_message(result) == "killed by signal KILL");
    CHECK(error_message(ended(final_state::no_status)) == "the server closed the session without an exit status");
    CHECK(error_message(ended(final_state::no_status, command_fate::unknown)) ==
          "the server closed the session without an exit status; the command may still run");
}

TEST_CASE("each limit has its sentence, with the limit in it") {
    CHECK(of({remark_code::connect_timeout, stage::resolve, 10s}) == "no answer from the name service within 10 s");
    CHECK(of({remark_code::connect_timeout, stage::connect, 500ms}) == "timed out after 0.5 s");
    CHECK(of({remark_code::connect_timeout, stage::banner, 10s}) == "no SSH banner within 10 s");
    CHECK(of({remark_code::connect_timeout, stage::handshake, 1s}) == "no end of the key exchange within 1 s");
    CHECK(of({remark_code::connect_timeout, stage::auth, 1s}) == "no end of the authentication within 1 s");
    CHECK(of({remark_code::connect_timeout, stage::session, 1s}) == "no session within 1 s");
    CHECK(of({remark_code::request_timeout, stage::session, 90s}) ==
          "no answer to the request to run the command within 90 s");
    CHECK(of({remark_code::command_timeout, stage::command, 1500ms}) == "timed out after 1.5 s");
    CHECK(of({remark_code::total_timeout, stage::total, 30s}) == "the limit of 30 s on the run has passed");
}

TEST_CASE("what the transport says stands behind the remark, and what it cut off behind that") {
    CHECK(of({remark_code::connect_timeout, stage::banner, 10s}, "it says: hello") ==
          "no SSH banner within 10 s; it says: hello");
    auto result = ended(final_state::timed_out, command_fate::unknown);
    result.remarks = {{remark_code::command_timeout, stage::command, 3s}, {remark_code::stop_interrupted}};
    result.error = "connection reset by peer";
    CHECK(error_message(result) == "timed out after 3 s; while it was being stopped: connection reset by peer");
    result = ended(final_state::lost);
    result.status = 3;
    result.remarks = {{remark_code::output_incomplete}};
    result.error = "connection reset by peer";
    CHECK(error_message(result) ==
          "connection reset by peer; the command had ended by then (exit status 3), but the end of its output may be "
          "missing");
}

TEST_CASE("a process in the background is told behind the command's end") {
    auto result = ended(final_state::failed);
    result.status = 4;
    result.remarks = {{remark_code::background_stopped}};
    CHECK(error_message(result) ==
          "exit status 4; a process in the background still held the output open and was stopped");
    result.state = final_state::ok;
    result.remarks = {{remark_code::background_left}};
    CHECK(error_message(result) ==
          "a process in the background still holds the output open; not waited for; redirect it: COMMAND >/dev/null "
          "2>&1 &");
}

TEST_CASE("a step that failed says why in full, and what failed at the end stands behind it") {
    auto result = ended(final_state::failed);
    result.status = 0;
    result.error = "/etc/motd: no space left on device";
    CHECK(error_message(result) == "/etc/motd: no space left on device");
    result.steps = {{.stage = stage::push, .state = final_state::failed},
                    {.stage = stage::always, .state = final_state::failed, .error = "exit status 7"}};
    CHECK(error_message(result) == "/etc/motd: no space left on device; at the end: exit status 7");
    result.stage = stage::always;
    CHECK(error_message(result) == "/etc/motd: no space left on device");
    CHECK(of({remark_code::step_timeout, stage::check, 5s}) == "did not end within 5 s");
    CHECK(of({remark_code::check_timeout, stage::check, 60s}, "exit status 1") == "exit status 1; after 60 s of tries");
}

TEST_CASE("a step has the same words as a host") {
    step_result step;
    step.state = final_state::failed;
    step.status = 9;
    CHECK(error_message(step) == "exit status 9");
}
