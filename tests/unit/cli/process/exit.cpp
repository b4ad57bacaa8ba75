// SPDX-License-Identifier: MIT
// Which exit code wins when several causes apply.
#include "cli/process/exit.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>

using muster::exit_status;
using muster::cli::exit_code;
using muster::cli::run_ending;

TEST_CASE("the exit code is that of the first cause that applies") {
    struct row {
        run_ending ending;
        int code;
    };
    // signal, reader gone, output failed, error, hosts, hosts left out
    row const table[] = {
        {{0, false, false, {}, 0, false}, 0},
        {{0, false, false, {}, 0, true}, 1},
        {{0, false, false, {}, 1, false}, 1},
        {{0, false, false, {}, 3, false}, 3},
        {{0, false, false, {}, 3, true}, 3},
        {{0, false, false, {}, 255, true}, 255},
        {{0, false, false, exit_status::usage, 0, false}, 2},
        {{0, false, false, exit_status::usage, 0, true}, 2},
        {{0, false, false, exit_status::local_error, 0, false}, 4},
        {{0, false, true, {}, 1, false}, 4},
        {{0, false, true, exit_status::usage, 0, false}, 4},
        {{0, true, false, {}, 1, false}, 141},
        {{0, true, true, exit_status::local_error, 3, true}, 141},
        {{SIGINT, false, false, {}, 1, false}, 130},
        {{SIGTERM, true, true, exit_status::usage, 3, true}, 143},
        {{SIGHUP, false, true, {}, 0, false}, 129},
    };
    for (auto const& [ending, code] : table) {
        CAPTURE(ending.signal, ending.reader_gone, ending.output_failed, ending.hosts, ending.hosts_left_out);
        CHECK(exit_code(ending) == code);
    }
}
