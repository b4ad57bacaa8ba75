// SPDX-License-Identifier: MIT
// Puts a result's state, remarks and error into one sentence.
#include <muster/report.hpp>

#include <fmt/format.h>

namespace muster {

namespace {

/// "10 s", "0.5 s".
std::string seconds(std::chrono::nanoseconds limit) {
    return fmt::format("{:.10g} s", std::chrono::duration<double>(limit).count());
}

std::string connect_timeout_message(stage stage, std::chrono::nanoseconds limit) {
    auto const within = " within " + seconds(limit);
    switch (stage) {
        case stage::resolve:
            return "no answer from the name service" + within;
        case stage::connect:
            return "timed out after " + seconds(limit);
        case stage::banner:
            return "no SSH banner" + within;
        case stage::handshake:
            return "no end of the key exchange" + within;
        case stage::host_key:
            return "no decision on the host key" + within;
        case stage::auth:
            return "no end of the authentication" + within;
        default:
            return "no session" + within;
    }
}

/// What stands before and behind the transport's words.
struct remark_text {
    std::string before;
    std::string after;
};

remark_text text_of(remark const& known, std::string const& end) {
    static std::string const redirect = "; redirect it: COMMAND >/dev/null 2>&1 &";
    switch (known.code) {
        case remark_code::connect_timeout:
            return {connect_timeout_message(known.stage, known.limit), {}};
        case remark_code::request_timeout:
            return {"no answer to the request to run the command within " + seconds(known.limit), {}};
        case remark_code::command_timeout:
            return {"timed out after " + seconds(known.limit), {}};
        case remark_code::total_timeout:
            return {"the limit of " + seconds(known.limit) + " on the run has passed", {}};
        case remark_code::step_timeout:
            return {"did not end within " + seconds(known.limit), {}};
        case remark_code::check_timeout:
            return {{}, "after " + seconds(known.limit) + " of tries"};
        case remark_code::reboot_timeout:
            return {"has not rebooted within " + seconds(known.limit) + " (--expect-reboot)", {}};
        case remark_code::server_silent:
            return {"the server sent nothing more after the command's exit, not even when it was asked", {}};
        case remark_code::output_incomplete:
            return {{}, "the command had ended by then (" + end + "), but the end of its output may be missing"};
        case remark_code::background_stopped:
            return {"a process in the background still held the output open and was stopped", {}};
        case remark_code::background_may_run:
            return {"a process in the background still holds the output open and may still run", {}};
        case remark_code::background_left:
            return {"a process in the background still holds the output open; not waited for" + redirect, {}};
        case remark_code::background_prints:
            return {"a process in the background goes on printing; not followed any longer" + redirect, {}};
        case remark_code::stop_interrupted:
            return {"while it was being stopped", {}};
        case remark_code::size_only:
            return {{}, "what was pushed is known by its size alone, as the host has no sha256sum, shasum or openssl"};
    }
    return {};
}

void append(std::string& text, std::string_view more, std::string_view separator = "; ") {
    if (more.empty()) return;
    if (!text.empty()) text += separator;
    text += more;
}

void append_remarks(std::string& text, std::span<remark const> remarks, std::string_view error,
                    std::string const& end) {
    bool interrupted = false;
    std::string after;
    for (auto const& known : remarks) {
        auto const part = text_of(known, end);
        append(text, part.before);
        if (after.find(part.after) == std::string::npos) append(after, part.after);  // each push says it
        interrupted = known.code == remark_code::stop_interrupted;
    }
    append(text, error, interrupted ? ": " : "; ");
    append(text, after);
}

/// "exit status 3", "killed by signal KILL", as far as the server has told it.
template <class Result>
std::string end_of(Result const& result) {
    if (!result.signal.empty()) return fmt::format("killed by signal {}", std::string_view(result.signal));
    if (result.status) return fmt::format("exit status {}", *result.status);
    return "killed by a signal without a name";
}

/// A transport or a step that has failed says why in full; the end of the command is its own, if it had one.
bool says_why(std::span<remark const> remarks, std::string const& error) {
    bool const of_stop = !remarks.empty() && remarks.back().code == remark_code::stop_interrupted;
    return !error.empty() && !of_stop;
}

template <class Result>
std::string message_of(Result const& result) {
    std::string text;
    if (says_why(result.remarks, result.error)) {
        // nothing before it
    } else if (result.state == final_state::failed || result.state == final_state::signalled) {
        text = end_of(result);
    } else if (result.state == final_state::no_status) {
        text = "the server closed the session without an exit status";
        if (result.command == command_fate::unknown) text += "; the command may still run";
    }
    append_remarks(text, result.remarks, result.error, end_of(result));
    return text;
}

}  // namespace

std::string error_message(std::span<remark const> remarks, std::string_view error) {
    std::string text;
    append_remarks(text, remarks, error, {});
    return text;
}

std::string error_message(host_result const& result) {
    auto text = message_of(result);
    if (result.stage == stage::always) return text;  // it is that step's already
    for (auto const& step : result.steps)
        if (step.stage == stage::always && step.state != final_state::ok)
            append(text, "at the end: " + message_of(step));
    return text;
}

std::string error_message(step_result const& result) {
    return message_of(result);
}

}  // namespace muster
