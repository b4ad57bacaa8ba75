// SPDX-License-Identifier: MIT
// A step's command, with the lease's script around it, and the limit of its length.
#include "ssh/session/request_text.hpp"

#include <fmt/format.h>

#include <variant>

#include "shell/login_shell.hpp"
#include "ssh/session/group_scripts.hpp"

namespace muster::ssh {

std::string request_text(step const& step) {
    auto text = step.lease ? lease_command(step.command, *step.lease) : step.command;
    return shell::may_be_refused(text) ? shell::with_begin(text) : text;
}

std::string length_fault(step const& step, std::string const& text) {
    if (text.size() <= longest_request) return {};
    auto const sent = step.lease ? fmt::format(", {} as the lease quotes it", text.size()) : std::string();
    return fmt::format(
        "the command is too long: {} bytes{}, and a host takes {} (one argument of execve(2)); give a long script to a "
        "shell as its input: --input FILE and the command sh",
        step.command.size(), sent, longest_request);
}

void require_possible(job const& job) {
    for (auto const& job_step : job.steps) {
        auto const* const command = std::get_if<step>(&job_step);
        if (command == nullptr) continue;
        auto const fault = length_fault(*command, request_text(*command));
        if (!fault.empty()) throw request_error(fault);
    }
}

}  // namespace muster::ssh
