// SPDX-License-Identifier: MIT
// How a host's run can end: the stages it passes, the closed set of final states, and the errors that name them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <muster/error.hpp>

namespace muster {

/// Where in a host's life something happened. The words of `to_string` are the words in JSON.
enum class stage : unsigned char {
    none,       ///< nothing happened yet
    config,     ///< the host's configuration makes it impossible to try it
    local,      ///< something on this machine: no file descriptor, no process
    resolve,    ///< name look-up
    connect,    ///< TCP
    banner,     ///< waiting for the server's identification string (RFC 4253 section 4.2)
    handshake,  ///< key exchange
    host_key,   ///< the check of the server's key
    auth,       ///< user authentication (RFC 4252)
    before,     ///< rollout_hooks::before
    sudo,       ///< becoming another user before the command
    push,       ///< files go to the host
    session,    ///< opening the session channel and asking for the command (RFC 4254 section 6)
    command,    ///< the command or the script runs
    check,      ///< the check after the command
    pull,       ///< files come from the host
    always,     ///< the step that runs however the others ended
    after,      ///< rollout_hooks::after
    total,      ///< the limit on the whole run
};

/// The final states of a host; every host ends in exactly one. The words of `to_string` are the words in JSON.
enum class final_state : unsigned char {
    ok,           ///< exit status 0, or one of `options::ok_status`
    failed,       ///< another exit status
    signalled,    ///< ended by a signal that was not sent from here
    no_status,    ///< the server closed the channel without an exit status
    lost,         ///< the connection broke after the command was sent
    timed_out,    ///< a limit passed; the stage says which
    unreachable,  ///< it could not be reached, or not be tried at all; nothing was sent
    host_key,     ///< its key is unknown, changed or revoked, and the policy refuses it
    auth,         ///< no authentication method was accepted
    refused,      ///< logged in, but the server refused the session or the command
    stopped,      ///< cancelled after its command was sent
    not_started,  ///< cancelled before its command was sent
};

/// What is known about the remote command of a host, whatever its final state.
enum class command_fate : unsigned char {
    not_sent,  ///< it certainly never started
    ended,     ///< its end is proved
    unknown,   ///< it may have started and may still run
};

/// A host that ended like this behind a command that had ended well was kept from what follows it, and did not fail in
/// it: it can go on there.
constexpr bool is_cut_short(final_state state, stage where) noexcept {
    return state == final_state::stopped || state == final_state::lost || state == final_state::refused ||
           (state == final_state::timed_out && where == stage::total);
}

/// What ended a run before every host had its turn.
enum class stop_cause : unsigned char {
    none,       ///< nothing: every host ran
    failure,    ///< the halt policy's threshold was reached
    total,      ///< the limit on the whole run passed
    cancelled,  ///< the caller cancelled it (Ctrl-C among them)
    fault,      ///< an error that is no host's: a sink, or the program itself
    batch,      ///< no host of a batch ended `ok`
    gate,       ///< a gate said no
    approval,   ///< an approval was refused
    preflight,  ///< too few hosts could be logged in to
    outside,    ///< rollout_hooks::halt_outside
};
inline constexpr stop_cause last_stop_cause = stop_cause::outside;

/// The words are stable: JSON and the ledger use them.
constexpr std::string_view to_string(stage stage) noexcept {
    switch (stage) {
        case stage::none:
            return "none";
        case stage::config:
            return "config";
        case stage::local:
            return "local";
        case stage::resolve:
            return "resolve";
        case stage::connect:
            return "connect";
        case stage::banner:
            return "banner";
        case stage::handshake:
            return "handshake";
        case stage::host_key:
            return "host_key";
        case stage::auth:
            return "auth";
        case stage::before:
            return "before";
        case stage::sudo:
            return "sudo";
        case stage::push:
            return "push";
        case stage::session:
            return "session";
        case stage::command:
            return "command";
        case stage::check:
            return "check";
        case stage::pull:
            return "pull";
        case stage::always:
            return "always";
        case stage::after:
            return "after";
        case stage::total:
            return "total";
    }
    return "";
}

constexpr std::string_view to_string(final_state state) noexcept {
    switch (state) {
        case final_state::ok:
            return "ok";
        case final_state::failed:
            return "failed";
        case final_state::signalled:
            return "signalled";
        case final_state::no_status:
            return "no_status";
        case final_state::lost:
            return "lost";
        case final_state::timed_out:
            return "timed_out";
        case final_state::unreachable:
            return "unreachable";
        case final_state::host_key:
            return "host_key";
        case final_state::auth:
            return "auth";
        case final_state::refused:
            return "refused";
        case final_state::stopped:
            return "stopped";
        case final_state::not_started:
            return "not_started";
    }
    return "";
}

constexpr std::string_view to_string(command_fate fate) noexcept {
    switch (fate) {
        case command_fate::not_sent:
            return "not_sent";
        case command_fate::ended:
            return "ended";
        case command_fate::unknown:
            return "unknown";
    }
    return "";
}

constexpr std::string_view to_string(stop_cause cause) noexcept {
    switch (cause) {
        case stop_cause::none:
            return "none";
        case stop_cause::failure:
            return "failure";
        case stop_cause::total:
            return "total";
        case stop_cause::cancelled:
            return "cancelled";
        case stop_cause::fault:
            return "fault";
        case stop_cause::batch:
            return "batch";
        case stop_cause::gate:
            return "gate";
        case stop_cause::approval:
            return "approval";
        case stop_cause::preflight:
            return "preflight";
        case stop_cause::outside:
            return "outside";
    }
    return "";
}

/// What a run has found out about a host besides its state, status and signal. error_message() puts it into words.
enum class remark_code : unsigned char {
    connect_timeout,     ///< the stage of the connection did not end within the limit
    request_timeout,     ///< the request to run the command was not answered within the limit
    command_timeout,     ///< the command did not end within the limit
    total_timeout,       ///< the limit on the whole run has passed
    step_timeout,        ///< a step, or one try of a check, did not end within its limit
    check_timeout,       ///< a check has been tried for so long
    reboot_timeout,      ///< the host was still in its old boot after so long, or not there
    server_silent,       ///< after the command's exit the server answered nothing, not even a question
    output_incomplete,   ///< the command had exited; the end of its output may be missing
    background_stopped,  ///< a process in the background still held the output open and was stopped
    background_may_run,  ///< likewise, and it may still run
    background_left,     ///< likewise, and was not waited for
    background_prints,   ///< a process in the background goes on printing and was not followed any longer
    stop_interrupted,    ///< the connection broke while the command was being stopped
    size_only,           ///< the host has no program for SHA-256: of what a push brought only the size was compared
};

struct remark {
    remark_code code;
    muster::stage stage = muster::stage::none;  ///< connect_timeout: which one
    std::chrono::nanoseconds limit = {};        ///< for each of the limits

    bool operator==(remark const&) const = default;
};

/// Thrown by a transport: the host ends in `state`, because of what happened at `at`. `what()` is the reason and the
/// way out, in words for the user; it names neither host nor stage, which the report adds.
class transport_error : public error {
  public:
    transport_error(final_state state, muster::stage stage, std::string const& reason)
        : error(exit_status::unreachable, reason), state_(state), stage_(stage) {}

    final_state state() const noexcept { return state_; }
    muster::stage stage() const noexcept { return stage_; }

  private:
    final_state state_;
    muster::stage stage_;
};

/// Thrown by what a job consists of: the host ends in `state`, because its step at `at` did. `what()` is the reason.
class step_failed : public error {
  public:
    step_failed(final_state state, muster::stage stage, std::string const& reason)
        : error(exit_status::failed, reason), state_(state), stage_(stage) {}

    final_state state() const noexcept { return state_; }
    muster::stage stage() const noexcept { return stage_; }

  private:
    final_state state_;
    muster::stage stage_;
};

/// This machine has run out of something (descriptors, local ports, buffers) that other sessions give back when they
/// end: the host is tried again instead of being given up.
class local_resources_exhausted : public transport_error {
  public:
    explicit local_resources_exhausted(std::string const& reason)
        : transport_error(final_state::unreachable, stage::local, reason) {}
};

/// The server has shown a key that no known_hosts file has, and new keys are not accepted: the host ends in `host_key`.
class unknown_host_key : public transport_error {
  public:
    unknown_host_key(std::string type, std::string fingerprint, std::string const& reason)
        : transport_error(final_state::host_key, stage::host_key, reason),
          type_(std::move(type)),
          fingerprint_(std::move(fingerprint)) {}

    std::string const& type() const noexcept { return type_; }                ///< as ssh shows it: "ED25519"
    std::string const& fingerprint() const noexcept { return fingerprint_; }  ///< "SHA256:..."

  private:
    std::string type_;
    std::string fingerprint_;
};

/// How a command ended, as far as it is known.
struct command_outcome {
    command_fate fate = command_fate::not_sent;
    std::optional<std::uint32_t> status = {};  ///< exit status, where one came
    std::string signal = {};                   ///< name without "SIG" of the signal that ended it; empty: none
};

/// One failed host as an exception, with the exception that caused it nested (std::rethrow_if_nested) where there was
/// one.
class host_error : public error {
  public:
    host_error(exit_status status, std::string host, final_state state, muster::stage stage, std::string const& reason,
               command_outcome command = {})
        : error(status,
                host + ": " + (stage == muster::stage::none ? "" : std::string(to_string(stage)) + ": ") + reason),
          host_(std::move(host)),
          state_(state),
          stage_(stage),
          command_(std::move(command)) {}

    std::string const& host() const noexcept { return host_; }
    final_state state() const noexcept { return state_; }
    muster::stage stage() const noexcept { return stage_; }
    command_outcome const& command() const noexcept { return command_; }

  private:
    std::string host_;
    final_state state_;
    muster::stage stage_;
    command_outcome command_;
};

}  // namespace muster
