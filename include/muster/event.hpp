// SPDX-License-Identifier: MIT
// What happened, told to sinks: values that borrow from the run and live as long as the call.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include <muster/batches.hpp>
#include <muster/report.hpp>

namespace muster {

enum class stream { out, err };

namespace events {

/// First event of a run. `hosts` has labels, addresses and users, and stays valid until run_ended. `resume` may be
/// called from any thread, also after the run (then it does nothing): see sink. `plan` is what batches there will be,
/// valid as long; empty: none.
struct run_started {
    std::span<host_result const> hosts;
    std::function<void()> resume;
    std::span<batch const> plan = {};
};

/// A worker took the host up; its connection begins. `again`: the host had ended, and runs once more (verdict::again):
/// what was told of it before does not stand any more.
struct host_started {
    std::size_t index;
    bool again = false;
};

/// A connection of the host failed before its command was sent; after `pause` there is another try. Why it failed is in
/// `remarks` and `error`, as in host_result.
struct host_retried {
    std::size_t index;
    muster::stage stage;
    std::span<remark const> remarks;
    std::string_view error;
    std::chrono::nanoseconds pause;
};

/// The command of the host goes out right after this call returns: from here on it may have started.
struct command_sent {
    std::size_t index;
};

/// Something of the host begins that is not its command: a push, a check, a pull, a step for the end, the wait for a
/// reboot (`check`), or a hook (`before`, `after`).
struct step_started {
    std::size_t index;
    muster::stage stage;
};

/// A step of the host has ended well, and more of its steps or its hook `after` come behind it.
struct step_done {
    std::size_t index;
    muster::stage stage;
};

/// Bytes of a host's stream, as they came. `stage` says which of its steps has printed them: command, check or always.
struct output {
    std::size_t index;
    stream from;
    std::string_view bytes;
    muster::stage stage = muster::stage::command;
};

/// The command of the host has exited, but a process that it left in the background goes on printing. Its output is
/// followed, for no more than about `most` after the exit.
struct host_lingers {
    std::size_t index;
    std::chrono::nanoseconds most;
};

/// The run stops early. `running` commands are being stopped or, with halt_when::soon, awaited. In batches it stops in
/// that number of `batches`; `reason` is that of a gate or an approval.
struct stopping {
    stop_cause cause;
    std::size_t running;
    std::optional<std::size_t> culprit;
    bool soon;
    std::size_t batch = 0;
    std::size_t batches = 0;
    std::string_view reason = {};
};

/// The next host starts so much later (rollout_options::delay).
struct start_delayed {
    std::chrono::nanoseconds length;
};

/// A batch begins. `count` is the number of the last batch, here and below.
struct batch_started {
    batch const& what;
    std::size_t count;
};

/// Every host of the batch has ended; for so long nothing runs.
struct soaking {
    batch const& what;
    std::size_t count;
    std::chrono::nanoseconds length;
};

/// Who is asked whether the rollout goes on.
enum class question {
    gate,      ///< after a batch
    approval,  ///< before a batch
    halted,    ///< in a batch, after failures
};

/// The rollout waits for an answer, with `limit` over 0 for no longer than that.
struct question_asked {
    question kind;
    batch const& what;
    std::size_t count;
    std::chrono::nanoseconds limit{};
};

/// The answer has come.
struct question_answered {
    question kind;
    batch const& what;
    std::size_t count;
    verdict const& answer;
    std::chrono::nanoseconds waited;
    std::span<std::size_t const> again = {};  ///< hosts that will run once more
};

/// A program of this machine that has a part in a run.
enum class local_program { gate, before, after };

/// A line that one of them has printed, without its end; a long one comes in parts. The engine starts no program: the
/// hook that runs it tells the sink. `host` is the label, for a gate empty; `batch` is the number of a gate's, else 0.
struct local_line {
    local_program of;
    std::string_view host;
    std::size_t batch;
    stream from;
    std::string_view text;
};

/// The batch has passed, or the run stops in it. `ok` and `failed` count its hosts, those of an earlier run among them;
/// the others never started.
struct batch_ended {
    batch const& what;
    std::size_t count;
    bool passed;
    std::size_t ok;
    std::size_t failed;
};

/// Every host has been tried before the first batch: so many could be logged in to, and so many must be.
struct preflight_ended {
    std::size_t reached;
    std::size_t wanted;
};

/// The host has ended; its result is final, and no more events follow for it, unless it runs once more.
struct host_ended {
    std::size_t index;
    host_result const& result;
};

/// Last event of a run.
struct run_ended {
    report const& results;
};

/// The words are stable: JSON and the ledger use them.
constexpr std::string_view to_string(local_program which) noexcept {
    switch (which) {
        case local_program::gate:
            return "gate";
        case local_program::before:
            return "before";
        case local_program::after:
            return "after";
    }
    return "";
}
constexpr std::string_view to_string(question kind) noexcept {
    switch (kind) {
        case question::gate:
            return "gate";
        case question::approval:
            return "approval";
        case question::halted:
            return "halted";
    }
    return "";
}

}  // namespace events

using event = std::variant<events::run_started, events::host_started, events::host_retried, events::command_sent,
                           events::step_started, events::step_done, events::output, events::host_lingers,
                           events::stopping, events::start_delayed, events::batch_started, events::soaking,
                           events::question_asked, events::local_line, events::question_answered, events::batch_ended,
                           events::preflight_ended, events::host_ended, events::run_ended>;

}  // namespace muster
