// SPDX-License-Identifier: MIT
// What came out of a run: one result a host, in input order, and what follows from them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <muster/coro/exception_group.hpp>
#include <muster/error.hpp>
#include <muster/outcome.hpp>
#include <muster/rare.hpp>

namespace muster {

/// So many of something that a step has dealt with: {"changed", 3}.
struct step_count {
    std::string name;
    std::uint64_t value = 0;
};

/// How one of several steps of a host ended.
struct step_result {
    muster::stage stage = muster::stage::command;  ///< which kind of step: push, command, check, ...
    final_state state = final_state::not_started;
    command_fate command = command_fate::not_sent;  ///< what is known of the step's own command
    std::optional<std::uint32_t> status = {};
    std::string signal = {};
    std::string error = {};               ///< as in host_result
    std::vector<remark> remarks = {};     ///< likewise
    std::vector<step_count> counts = {};  ///< what the step reports of its work
    std::uint64_t out_bytes = 0;          ///< that it printed, of the host's streams in the order of the steps
    std::uint64_t err_bytes = 0;
    std::chrono::nanoseconds duration{};
};

/// The time that one stage of a host took, all tries together.
struct stage_duration {
    muster::stage stage;
    std::chrono::nanoseconds duration;
};

/// Adds to the time of that stage.
inline void add_duration(std::vector<stage_duration>& to, stage stage, std::chrono::nanoseconds more) {
    if (to.empty()) to.reserve(static_cast<std::size_t>(stage::auth));
    auto const known = std::find_if(to.begin(), to.end(), [&](auto const& each) { return each.stage == stage; });
    if (known == to.end()) {
        to.push_back({stage, more});
    } else {
        known->duration += more;
    }
}

/// Everything known about one host. Complete once the host has ended; owned by the report.
struct host_result {
    std::string host;     ///< the label
    std::string address;  ///< what it was connected to, in numbers; what was configured where that is not known; empty
                          ///< where `via` alone knows it
    std::string user;
    rare<std::string> via;  ///< "proxy": the host's ProxyCommand carries the connection; else empty
    std::uint16_t port = 0;

    bool truncated = false;  ///< output was dropped from `out` or `err`, or could not be delivered during a stop
    command_fate command = command_fate::not_sent;  ///< of the command or script alone, not of steps around it
    muster::stage stage = muster::stage::none;      ///< where it ended
    final_state state = final_state::not_started;
    stop_cause stop = stop_cause::none;  ///< of the run, which kept the host from its end, or from its start
    unsigned attempts = 0;               ///< connections begun
    unsigned repeats = 0;  ///< how often it has run once more (verdict::again); the rest is of the last time
    std::optional<std::uint32_t> status;  ///< exit status; a server may send 32 bits
    rare<std::string> signal;             ///< name without "SIG" of the signal that ended the command; empty: none
    rare<std::string> error;            ///< what the transport or a step says: reason and way out; see error_message()
    rare<std::vector<remark>> remarks;  ///< what the run itself has found out
    std::exception_ptr cause;           ///< the exception behind `error`, where there was one

    unsigned changed = 0;  ///< pushes that have put something new in place
    unsigned same = 0;     ///< pushes that have found it there already

    rare<std::vector<step_result>> steps;      ///< those that were begun, in order; empty when the job is one command
    rare<std::vector<stage_duration>> stages;  ///< in order; empty when no connection was begun

    rare<std::string> out;  ///< standard output, up to options::keep_output bytes
    rare<std::string> err;  ///< standard error, likewise

    std::chrono::system_clock::time_point started;  ///< when its first connection was begun
    std::chrono::nanoseconds duration{};            ///< from there to its end, steady clock
    rare<std::string> key_exchange;                 ///< method of the connection (RFC 4253 section 7.1), over SSH
};

/// Why the host or step did not end `ok`, or what is to be said although it did: a sentence without host and stage,
/// with the words of the peer as it sent them. Empty: nothing is to be said. A way out that names an option of the
/// program (`--fanout`, `--accept-new`, `--password`) means its counterpart: a field of options, step, push_step or
/// pull_step, ssh_settings, or a hook of login_hooks.
std::string error_message(host_result const& result);
std::string error_message(step_result const& result);
/// The same for remarks and a transport's words alone.
std::string error_message(std::span<remark const> remarks, std::string_view error);

struct report {
    std::vector<host_result> hosts;  ///< in input order, every target once
    stop_cause cause = stop_cause::none;
    std::optional<std::size_t> culprit;   ///< index of the host whose failure reached the halt threshold
    std::size_t batch = 0;                ///< number of the batch in which it stopped; 0: it did not, or has none
    std::size_t batches = 0;              ///< the number of the last batch; 0: the run has none
    std::string reason;                   ///< of the gate or the approval that said no
    std::chrono::nanoseconds duration{};  ///< of the whole run

    /// Every host ended `ok`.
    bool ok() const noexcept;
    /// How many hosts ended in `state`.
    std::size_t count(final_state state) const noexcept;
};

/// A run that something broke which is no host's outcome: a sink's error, or an exception of the program's own. Every
/// host was stopped first; `results()` is complete. `what()` names each cause, `causes()` holds them.
class run_error : public error {
  public:
    run_error(report results, coro::exception_group causes);

    report const& results() const noexcept { return *results_; }
    coro::exception_group const& causes() const noexcept { return *causes_; }

  private:
    std::shared_ptr<report const> results_;  // shared: copying an exception must not throw
    std::shared_ptr<coro::exception_group const> causes_;
};

/// One host_error for each host that did not end `ok`, in input order; empty group when all did.
[[nodiscard]] coro::exception_group exceptions(report const& results);

/// Throws exceptions(results) unless every host ended `ok`.
void throw_if_failed(report const& results);

/// The exit code of the program for this report when nothing else intervenes (signals, closed output and local errors
/// are the program's): 0 every host ok; 1 a command failed or was stopped, or a gate or an approval said no; 3 no
/// command failed but a host could not be used; 1 otherwise hosts were not started. With `max_status` the largest
/// remote status: 128 + signal, 124 for a limit after the command was sent, 255 for what is 3 above.
int exit_code(report const& results, bool max_status = false) noexcept;

}  // namespace muster
