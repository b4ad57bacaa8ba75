// SPDX-License-Identifier: MIT
// Runs the gate until it has decided, and asks at the terminal until an answer is one.
#include "cli/run/gates.hpp"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <muster/coro/errors.hpp>
#include <muster/coro/time.hpp>
#include <muster/host.hpp>

#include "cli/hosts/targets.hpp"
#include "cli/options/values.hpp"
#include "cli/options/variables.hpp"
#include "cli/process/stop_file.hpp"
#include "cli/process/terminal.hpp"
#include "cli/run/hosts_file.hpp"
#include "cli/run/run_told.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"
#include "process/run.hpp"

namespace muster::cli {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::uint32_t not_yet = 75;  // EX_TEMPFAIL of sysexits.h
constexpr nanoseconds usual_pause = 10s;
constexpr nanoseconds shortest_pause = 100ms;

std::vector<std::string> environment_of(batch_report const& about, arguments const& args, std::string const& hosts) {
    return environment_with(
        {fmt::format("MUSTER_BATCH={}", about.number), fmt::format("MUSTER_BATCHES={}", about.batches),
         fmt::format("MUSTER_TARGETS={}", about.targets), fmt::format("MUSTER_OK={}", about.ok),
         fmt::format("MUSTER_FAILED={}", about.failed), fmt::format("MUSTER_LEFT={}", about.left),
         "MUSTER_LEDGER=" + (args.resume.empty() ? args.ledger : args.resume), "MUSTER_HOSTS_FILE=" + hosts});
}

verdict answer_of(process::exit_record const& end) {
    if (end.succeeded()) return {.passed = true, .status = 0};
    if (!end.status) return {.passed = false, .reason = "ended by SIG" + end.signal};
    return {
        .passed = false, .reason = fmt::format("exit status {}", *end.status), .status = static_cast<int>(*end.status)};
}

/// A gate and the time that it has.
class gate {
  public:
    gate(arguments const& args, display& display, signal_state& signals)
        : args_(args), display_(display), signals_(signals) {}

    asio::awaitable<verdict> ask(batch_report about) const {
        hosts_file const hosts(std::filesystem::temp_directory_path(), about.hosts);
        auto const end = co_await coro::now() + args_.rollout.gate_for;
        auto const variables = environment_of(about, args_, hosts.path());
        for (bool has_answered = false;; has_answered = true) {
            auto const left_now = end - co_await coro::now();
            auto const ended = co_await run_once(variables, left_now, about.number);
            auto const left = end - co_await coro::now();
            if (ended.timed_out) co_return too_late(has_answered);
            if (ended.end.status != not_yet) co_return answer_of(ended.end);
            if (left <= nanoseconds{}) co_return too_late(true);
            co_await coro::sleep_for(std::min(left, pause()));
        }
    }

  private:
    asio::awaitable<process::run_result> run_once(std::vector<std::string> variables, nanoseconds limit,
                                                  std::size_t batch) const {
        auto command = process::command::shell(args_.rollout.gate);
        command.environment = std::move(variables);
        process::run_limits limits(limit);
        limits.grace = args_.how.grace;
        events::local_line const whose{events::local_program::gate, {}, batch, stream::out, {}};
        return run_told(std::move(command), limits, display_, whose, signals_);
    }

    nanoseconds pause() const { return std::clamp(args_.rollout.gate_for / 10, shortest_pause, usual_pause); }

    verdict too_late(bool has_answered) const {
        auto const limit = output::in_words(args_.rollout.gate_for);
        verdict answer{.passed = false};
        if (has_answered) answer.status = not_yet;
        answer.reason = has_answered ? fmt::format("still not yet (status 75) after {} (--gate-for)", limit)
                                     : fmt::format("no answer within {} (--gate-for)", limit);
        return answer;
    }

    arguments const& args_;
    display& display_;
    signal_state& signals_;
};

std::string who_answers() {
    if (auto const* const name = ::getenv("LOGNAME")) return name;
    auto const* const account = ::getpwuid(::getuid());
    return account == nullptr ? std::string() : std::string(account->pw_name);
}

std::string counted(batch_report const& about) {
    auto const batch = about.batches > 1 ? fmt::format("batch {} of {}, ", about.number, about.batches) : std::string();
    return fmt::format("{}{}: {}. So far {} ok, {} failed.", batch, output::hosts_in_words(about.hosts.size()),
                       fold(about.hosts), about.ok, about.failed);
}

/// The question has the terminal as long as this lives.
class question_time {
  public:
    explicit question_time(terminal_lender const& lend) : lend_(lend) { lend_(true); }
    ~question_time() { lend_(false); }
    question_time(question_time const&) = delete;
    question_time& operator=(question_time const&) = delete;

  private:
    terminal_lender const& lend_;
};

/// Asks until the line is one of `words`, and returns what stands beside it; nothing: the terminal was closed. "show"
/// shows the text.
asio::awaitable<std::optional<std::string>> ask_word(terminal_lender lend, std::string prompt,
                                                     std::map<std::string, std::string> words, std::string shown) {
    question_time const asking(lend);
    for (;;) {
        auto const line = co_await ask_line(prompt);
        if (!line) co_return std::nullopt;
        if (auto const found = words.find(*line); found != words.end()) co_return found->second;
        if (*line == "show") show_on_terminal(shown);
    }
}

verdict closed_terminal() {
    return {.passed = false, .reason = "the terminal was closed"};
}

std::string lines_of(std::vector<std::string> const& hosts) {
    std::string text;
    for (auto const& host : hosts) text += host + "\n";
    return text;
}

asio::awaitable<verdict> ask_for_approval(terminal_lender lend, batch_report batch, std::shared_ptr<bool> always) {
    if (*always) co_return verdict{.by = who_answers()};
    std::map<std::string, std::string> words{{"y", "y"}, {"yes", "y"}, {"n", "n"}, {"no", "n"}, {"all", "all"}};
    auto asking =
        ask_word(std::move(lend), counted(batch) + " Go on? [y/n/all/show] ", std::move(words), lines_of(batch.hosts));
    auto const answer = co_await std::move(asking);
    if (!answer) co_return closed_terminal();
    *always = *answer == "all";
    co_return verdict{.passed = *answer != "n", .by = who_answers()};
}

rollout_hooks::question approval(terminal_lender const& lend) {
    return [lend, all = std::make_shared<bool>(false)](batch_report about) {
        return ask_for_approval(lend, std::move(about), all);
    };
}

/// "web2: failed: exit status 4", a line each.
std::string states_of(batch_report const& about) {
    std::string text;
    for (std::size_t i = 0; i < about.hosts.size(); ++i) {
        auto const* const result = about.results[i];
        auto const why = result == nullptr ? std::string() : output::without_stage(output::explain(*result));
        auto const state = output::words(result == nullptr ? final_state::ok : result->state);
        bool const says_more = !why.empty() && why != state;
        text += fmt::format("{}: {}{}{}\n", about.hosts[i], state, says_more ? ": " : "",
                            says_more ? output::sanitised(why) : std::string());
    }
    return text;
}

std::string prompt_after_failures(batch_report const& about) {
    auto const again = output::hosts_in_words(about.may_run_again.size()) + " again?";
    auto const text = counted(about) + " Nothing runs. ";
    auto const* const rest = about.left == 0 ? "Nothing else is left." : "No host of the batch is ok: no other begins.";
    if (!about.can_go_on) return text + rest + " Run " + again + " [again/stop/show] ";
    if (about.may_run_again.empty()) return text + "Go on in spite of the failures? [continue/stop/show] ";
    return text + "Go on in spite of the failures, or first run " + again + " [continue/stop/again/show] ";
}

asio::awaitable<verdict> ask_after_failures(terminal_lender lend, batch_report about) {
    std::map<std::string, std::string> words{{"n", "stop"}, {"no", "stop"}, {"stop", "stop"}};
    if (about.can_go_on)
        for (auto const* const word : {"c", "continue", "y", "yes"}) words[word] = "continue";
    if (!about.may_run_again.empty()) words["a"] = words["again"] = "again";
    auto asking = ask_word(std::move(lend), prompt_after_failures(about), std::move(words), states_of(about));
    auto const answer = co_await std::move(asking);
    if (!answer) co_return closed_terminal();
    co_return verdict{.passed = *answer != "stop", .by = who_answers(), .again = *answer == "again"};
}

std::vector<std::string> environment_of(endpoint const& host) {
    return environment_with(
        {"MUSTER_HOST=" + host.name, "MUSTER_ADDRESS=" + host.address, "MUSTER_PORT=" + std::to_string(host.port)});
}

/// --before and --after: a command of this machine for each host, with the limit of the host's own command.
asio::awaitable<verdict> run_for_host(arguments const& args, display& display, signal_state& signals,
                                      events::local_program which, endpoint const& host) {
    auto const& text = which == events::local_program::before ? args.rollout.before : args.rollout.after;
    auto command = process::command::shell(with_host(text, host.name));
    command.environment = environment_of(host);
    process::run_limits limits;
    if (args.how.command_timeout.count() > 0) limits.time = args.how.command_timeout;
    limits.grace = args.how.grace;
    process::run_result result;
    try {
        events::local_line const whose{which, host.label, 0, stream::out, {}};
        result = co_await run_told(std::move(command), limits, display, whose, signals);
    } catch (std::system_error const& error) {
        if (coro::is_cancellation(error)) throw;
        co_return verdict{.passed = false, .reason = error.code().message()};
    }
    if (result.timed_out) {
        auto const limit = output::in_words(args.how.command_timeout);
        co_return verdict{.passed = false, .reason = fmt::format("did not end within {}", limit)};
    }
    co_return answer_of(result.end);
}

rollout_hooks::host_hook hook_for(arguments const& args, display& display, signal_state& signals,
                                  events::local_program which) {
    auto const& text = which == events::local_program::before ? args.rollout.before : args.rollout.after;
    if (text.empty()) return {};
    return [&args, &display, &signals, which](endpoint const& host) {
        return run_for_host(args, display, signals, which, host);
    };
}

/// A file that this run has made has its reason above.
asio::awaitable<halt_when> by_stop_file(arguments const& args, display& display, bool says_soon) {
    auto const when = co_await watch_stop_file(args.stop_file, says_soon);
    if (!display.made_stop_file())
        display.note(fmt::format("{} is there and says: stop {} (--stop-file)", args.stop_file,
                                 when == halt_when::now ? "now" : "soon"));
    co_return when;
}

}  // namespace

void check_terminal(arguments const& args) {
    if (args.rollout.approve && !has_terminal())
        throw target_error(
            "--approve asks at the terminal, and this process has none; --gate can wait for an approval instead");
}

std::shared_ptr<rollout_hooks const> hooks_for(arguments const& args, display& display, signal_state& signals,
                                               terminal_lender const& lend) {
    rollout_hooks hooks;
    if (!args.rollout.gate.empty())
        hooks.gate = [asked = gate(args, display, signals)](batch_report about) { return asked.ask(std::move(about)); };
    hooks.gate_limit = args.rollout.gate_for;
    hooks.before = hook_for(args, display, signals, events::local_program::before);
    hooks.after = hook_for(args, display, signals, events::local_program::after);
    if (!args.stop_file.empty())
        hooks.halt_outside = [&, says_soon = false]() mutable {
            return by_stop_file(args, display, std::exchange(says_soon, true));
        };
    if (args.rollout.approve) hooks.approve = approval(lend);
    if (args.how.halt.when == halt_when::ask && has_terminal())
        hooks.halted = [lend](batch_report about) { return ask_after_failures(lend, std::move(about)); };
    else if (args.how.halt.when == halt_when::ask)
        display.note("--halt ask has no terminal to ask at: it starts nothing new after a failure, as --halt soon");
    return std::make_shared<rollout_hooks const>(std::move(hooks));
}

}  // namespace muster::cli
