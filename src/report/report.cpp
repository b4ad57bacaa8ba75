// SPDX-License-Identifier: MIT
// What follows from a report: the exceptions in it, and the program's exit code.
#include <muster/report.hpp>

#include <algorithm>
#include <utility>

namespace muster {

namespace {

/// A host whose command went out and did not end well, or is not known to have.
bool command_failed(host_result const& host) {
    switch (host.state) {
        case final_state::failed:
        case final_state::signalled:
        case final_state::no_status:
        case final_state::lost:
        case final_state::stopped:
            return true;
        case final_state::timed_out:
            return host.command != command_fate::not_sent;
        default:
            return false;
    }
}

bool not_usable(host_result const& host) {
    switch (host.state) {
        case final_state::unreachable:
        case final_state::host_key:
        case final_state::auth:
        case final_state::refused:
            return true;
        case final_state::timed_out:
            return host.command == command_fate::not_sent;
        default:
            return false;
    }
}

exit_status status_of(host_result const& host) {
    if (host.state == final_state::ok) return exit_status::ok;
    return not_usable(host) ? exit_status::unreachable : exit_status::failed;
}

/// "not started"
std::string in_words(final_state state) {
    std::string words(to_string(state));
    std::ranges::replace(words, '_', ' ');
    return words;
}

std::exception_ptr as_exception(host_result const& host) {
    try {
        command_outcome const command{host.command, host.status, host.signal};
        auto const message = error_message(host);
        host_error error(status_of(host), host.host, host.state, host.stage,
                         message.empty() ? in_words(host.state) : message, command);
        if (!host.cause) return std::make_exception_ptr(error);
        try {
            std::rethrow_exception(host.cause);
        } catch (...) {
            std::throw_with_nested(error);
        }
    } catch (...) {
        return std::current_exception();
    }
}

int signal_number(std::string const& name) {
    static constexpr std::pair<char const*, int> known[] = {
        {"HUP", 1},   {"INT", 2},   {"QUIT", 3},  {"ILL", 4},   {"ABRT", 6},  {"FPE", 8},  {"KILL", 9},
        {"USR1", 10}, {"SEGV", 11}, {"USR2", 12}, {"PIPE", 13}, {"ALRM", 14}, {"TERM", 15}};
    auto const* const found = std::ranges::find_if(known, [&](auto const& entry) { return name == entry.first; });
    return found != std::end(known) ? found->second : 0;
}

/// What one host adds to the largest remote status.
int shell_status_of(host_result const& host) {
    if (not_usable(host)) return 255;
    if (host.state == final_state::timed_out) return 124;
    if (!host.signal.empty()) return 128 + signal_number(host.signal);
    if (host.state == final_state::ok || host.state == final_state::not_started) return 0;
    if (host.status) return static_cast<int>(std::min<std::uint32_t>(*host.status, 255));
    return 255;
}

}  // namespace

bool report::ok() const noexcept {
    return count(final_state::ok) == hosts.size();
}

std::size_t report::count(final_state state) const noexcept {
    return static_cast<std::size_t>(std::ranges::count(hosts, state, &host_result::state));
}

run_error::run_error(report results, coro::exception_group causes)
    : error(exit_status::local_error, causes.what()),
      results_(std::make_shared<report const>(std::move(results))),
      causes_(std::make_shared<coro::exception_group const>(std::move(causes))) {}

coro::exception_group exceptions(report const& results) {
    std::vector<std::exception_ptr> all;
    for (auto const& host : results.hosts) {
        if (host.state != final_state::ok) all.push_back(as_exception(host));
    }
    return coro::exception_group(std::move(all));
}

void throw_if_failed(report const& results) {
    if (!results.ok()) throw exceptions(results);
}

int exit_code(report const& results, bool max_status) noexcept {
    bool const refused = results.cause == stop_cause::gate || results.cause == stop_cause::approval;
    if (max_status) {
        int largest = 0;
        for (auto const& host : results.hosts) largest = std::max(largest, shell_status_of(host));
        if (largest != 0 || (results.ok() && !refused)) return largest;
        return 1;  // hosts that were not started, a status of 0 that is no success, or a gate said no
    }
    auto status = results.ok() ? exit_status::ok : exit_status::failed;
    if (std::ranges::any_of(results.hosts, not_usable)) status = exit_status::unreachable;
    if (refused || std::ranges::any_of(results.hosts, command_failed)) status = exit_status::failed;
    return static_cast<int>(status);
}

}  // namespace muster
