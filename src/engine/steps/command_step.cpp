// SPDX-License-Identifier: MIT
// Runs the command or sends the script, and records the step.
#include "engine/steps/command_step.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "engine/host/job_failure.hpp"
#include "shell/script_file.hpp"

namespace muster {

asio::awaitable<void> run_command(host_place place, step const& step, sent_script const* script, prelude::listener hear,
                                  coro::remote_event* may_read) {
    place.run.next_command(place.host);
    command_terms terms{place.result(), true, stage::command, place.options().ok_status};
    bool const reboots = place.options().rollout.expect_reboot.count() > 0;  // then its end may be no failure
    terms.judged = !hear && !reboots;
    terms.hear = std::move(hear);
    terms.may_read = may_read;
    co_await talk(place, step, script, std::move(terms));
}

namespace {

std::vector<std::string> arguments_of_host(host_place place, script_step const& what) try {
    return what.arguments_for ? what.arguments_for(place.host) : what.arguments;
} catch (...) {
    std::rethrow_exception(end_by_job(std::current_exception(), stage::command, place.result(), false));
}

}  // namespace

asio::awaitable<void> run_script(host_place place, script_step const& what, prelude::listener hear) {
    sent_script const script{what.text, place.run.mark()};
    step loader = what.with;
    auto arguments = arguments_of_host(place, what);
    loader.command = shell::script_command(
        {script.mark, what.text.size(), what.sha256, what.name, what.interpreter, std::move(arguments)});
    loader.lease.reset();
    loader.tty = tty_request::no;
    co_await run_command(place, loader, &script, std::move(hear));
}

}  // namespace muster
