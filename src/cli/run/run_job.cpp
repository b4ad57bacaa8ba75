// SPDX-License-Identifier: MIT
// Runs the job over the transport that the options name, watched by signals and by the writer.
#include "cli/run/run_job.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <asio/this_coro.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/manual_clock.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/wait.hpp>

#include "cli/hosts/last_run.hpp"
#include "cli/hosts/targets.hpp"
#include "cli/options/askpass.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/plan/local_folders.hpp"
#include "cli/plan/make_job.hpp"
#include "cli/process/keys.hpp"
#include "cli/process/process.hpp"
#include "cli/process/signals.hpp"
#include "cli/process/start_limit.hpp"
#include "cli/run/askpass_service.hpp"
#include "cli/run/display.hpp"
#include "cli/run/gates.hpp"
#include "cli/run/reader_patience.hpp"
#include "cli/run/view_table.hpp"
#include "output/terminal/sanitise.hpp"
#include "run/run_on_loop.hpp"
#include "run/supervise.hpp"

namespace muster::cli {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto between_looks = 1s;  // at readers that do not read, and failures that were not told

constexpr std::size_t descriptors_of_proxy = 2;  // besides the socket's: the pipes of a ProxyCommand
constexpr std::size_t descriptors_of_asker = 1;  // of a program that waits for a password
constexpr std::size_t descriptors_of_pull = 4;   // what comes, where it is unpacked, a file there, a lock

std::size_t files_per_host(arguments const& args, job const& job, bool proxied) {
    auto const& row = transport_of(args);
    bool const reads = std::ranges::any_of(job.steps, [](auto const& each) {
        auto const* const command = std::get_if<step>(&each);
        return command == nullptr || command->input;
    });
    std::size_t files = row.descriptors + (reads ? row.input_descriptors : 0) + (proxied ? descriptors_of_proxy : 0);
    bool const pulls =
        std::ranges::any_of(job.steps, [](auto const& each) { return std::holds_alternative<pull_step>(each); });
    if (pulls) files += descriptors_of_pull;
    if (!row.connects_itself && asks_for_programs(args)) files += descriptors_of_asker;
    for (auto const& view : view_table()) files += view.wanted(args) ? view.descriptors : 0;
    return files;
}

bool has_proxy(std::vector<endpoint> const& hosts) {
    return std::ranges::any_of(hosts, [](auto const& host) { return !host.settings->proxy_command.empty(); });
}

void lower_fanout(options& options, std::size_t hosts, std::size_t possible, std::string_view limit, display& display) {
    std::size_t const wanted = options.fanout == 0 ? hosts : std::min(options.fanout, hosts);
    if (wanted <= possible) return;
    options.fanout = possible;
    display.note(
        fmt::format("fan-out lowered from {} to {}: that is how many the limit of {} allows", wanted, possible, limit));
}

/// No more hosts at once than there are file descriptors for, and processes where each has one.
void clamp_fanout(options& options, std::vector<endpoint> const& hosts, arguments const& args, job const& job,
                  display& display) {
    bool const is_ours = transport_of(args).connects_itself;
    bool const proxied = is_ours && has_proxy(hosts);
    lower_fanout(options, hosts.size(), raise_open_files(files_per_host(args, job, proxied)), "open files (ulimit -n)",
                 display);
    if (is_ours && !proxied) return;
    lower_fanout(options, hosts.size(), processes_left(), "processes (ulimit -u)", display);
}

/// What the functions below share.
struct run_context {
    run_context(arguments const& parsed, run_plan const& plan, muster::job const& work, cli::display& view,
                askpass_service* answers, start_limit& before)
        : args(parsed),
          options(parsed.how),
          endpoints(plan.endpoints),
          targets(plan.targets),
          job(work),
          display(view),
          asking(answers),
          start(before) {
        run_begun = start.begun();
        start.take_signals(ending_signals(), endpoints.size());
        display.also_tell(beginning_);
        options.keep_output = 0;  // the sinks keep what they need
        options.rollout.hooks = hooks_for(args, display, signals, [this](bool away) { lend_terminal(away); });
        clamp_fanout(options, endpoints, args, job, display);
        signals.asks_twice = args.asks_twice;
        display.on_stop([this] { return keys_to_abort(signals); });
        display.on_end(plan.afterthoughts);
    }
    run_context(run_context const&) = delete;
    run_context& operator=(run_context const&) = delete;

    /// Nothing is drawn and no key is read while another program or a question has the terminal. It can be lent to
    /// several at once, such as to the shell while a question is open.
    void lend_terminal(bool away) {
        if (away && lent_++ > 0) return;
        if (!away && (lent_ == 0 || --lent_ > 0)) return;  // SIGCONT comes without a SIGTSTP, too
        stop_clock(away);
        if (away) display.hold_status(true);
        keys.lend(away);
        if (!away) display.hold_status(false);
    }

    arguments const& args;
    muster::options options;
    std::vector<endpoint> const& endpoints;
    ssh_targets const& targets;
    muster::job const& job;
    cli::display& display;
    askpass_service* asking;  // for programs that ask
    start_limit& start;
    std::chrono::steady_clock::time_point run_begun;  // the limit on the run counts from there
    coro::event begun;                                // hosts may begin, or the user was asked
    signal_state signals;
    key_mode keys;

  private:
    /// Sees the run begin.
    class beginning final : public muster::sink {
      public:
        explicit beginning(run_context& run) : run_(run) {}
        flow tell(event const& event) override {
            if (std::holds_alternative<events::run_started>(event)) run_.begin(true);
            return flow::go_on;
        }

      private:
        run_context& run_;
    };

    void begin(bool by_run) {
        start.over();
        begun.set();
        runs_ = runs_ || by_run;
    }

    /// The user's time before the run is not the run's.
    void stop_clock(bool asks) {
        if (runs_) return;
        begin(false);
        if (asks) {
            asked_ = steady::now();
        } else {
            run_begun += steady::now() - asked_;
        }
    }

    beginning beginning_{*this};
    bool runs_ = false;
    steady::time_point asked_;
    unsigned lent_ = 0;
};

transport_context context_of(run_context& run, asio::any_io_executor const& loop) {
    auto& display = run.display;
    return {loop,
            run.args,
            [&display](auto text) { display.note(text); },
            [&display](auto label, auto text) { display.note_lines(label, text); },
            [&run](bool away) { run.lend_terminal(away); },
            run.asking != nullptr ? std::optional(run.asking->answers()) : std::nullopt,
            [&run](endpoint const& host) { return run.targets.at(host.label); }};
}

asio::awaitable<report> run_hosts(run_context& run) {
    auto const& row = transport_of(run.args);
    std::optional<memory_guard> guarded;  // for keys and passwords
    if (row.connects_itself || run.asking != nullptr) guarded.emplace();
    if (row.check != nullptr) row.check(run.job, run.endpoints);
    auto const loop = co_await asio::this_coro::executor;
    auto const transport = row.make(context_of(run, loop));
    co_return co_await run_on_loop(run.endpoints, {&run.job, 1}, run.options, run.display.sink(), *transport,
                                   &run.signals.abort, &run.run_begun);
}

/// Cancels the run when its output can't be written any more, even while no host has any output.
asio::awaitable<void> watch_writing(coro::task<report> run, display& display) {
    coro::remote_event failed(co_await asio::this_coro::executor);
    display.on_failure(failed.setter());
    co_await failed.wait();
    run.cancel();
}

/// A wait for a reader is not silent, nor are failures while nothing else happens.
asio::awaitable<void> look_at(display& display) {
    for (;;) {
        co_await coro::sleep_for(between_looks);
        display.note_slow_reader();
        display.note_failures();
    }
}

/// With -v also what each task of the program waits for, to find one that hangs.
void show_state(run_context& run, asio::execution_context& loop) {
    run.display.who_runs();
    if (run.args.verbose) run.display.note_lines("waits", coro::describe_waits(loop));
}

signal_actions signal_actions_of(run_context& run, asio::execution_context& loop) {
    signal_actions actions;
    actions.who_runs = [&run, &loop] { show_state(run, loop); };
    actions.ask_again = [&run, &loop] {
        run.display.note("interrupt (one more within 1 sec to abort)");
        show_state(run, loop);
    };
    actions.leave = [&run] { run.lend_terminal(true); };
    actions.come_back = [&run] { run.lend_terminal(false); };
    return actions;
}

key_actions key_actions_of(run_context& run) {
    key_actions actions;
    actions.is_pinned = [&run] { return run.display.is_pinned_now(); };
    actions.announce = [&run](bool on) {
        auto const* const keys = run.args.asks_twice ? "s: who  ^C ^C: stop" : "s: who  ^C: stop";
        run.display.name_keys(on ? keys : "");
    };
    actions.is_announced = [&run] { return run.display.names_keys(); };
    actions.who_runs = [&run] { run.display.who_runs(); };
    actions.failures = [&run] { run.display.failures(); };
    actions.help = [&run] {
        run.display.note(fmt::format("Enter or s: who runs, and since when; f: failures so far; Ctrl-C{}: stop",
                                     run.args.asks_twice ? " twice" : ""));
    };
    return actions;
}

/// A signal that finds the loop busy with the beginning is start_limit's.
asio::awaitable<void> watch_signals_of(run_context& run, coro::task<report> task) {
    if (run.start.takes_signals()) co_await run.begun.wait();
    auto const loop = co_await asio::this_coro::executor;
    auto watching = watch_signals(std::move(task), run.signals, signal_actions_of(run, loop.context()));
    co_await std::move(watching);
}

asio::awaitable<void> watch(coro::task<report> task, run_context& run) {
    auto signals = watch_signals_of(run, task);
    auto writing = watch_writing(task, run.display);
    auto looking = look_at(run.display);
    if (!run.display.pins() || !can_read_keys()) {
        co_await coro::wait_all(std::move(signals), std::move(writing), std::move(looking));
    } else {
        auto keys = watch_keys(run.keys, key_actions_of(run));
        co_await coro::wait_all(std::move(signals), std::move(writing), std::move(looking), std::move(keys));
    }
}

report run_to_report(run_context& run) {
    watcher const watcher = [&run](coro::task<report> task) { return watch(std::move(task), run); };
    return coro::run(supervise(run_hosts(run), watcher));
}

/// Write errors are left to the end of the display, which names them.
void note_causes(run_error const& error, display& display) {
    auto const others = error.causes().split<write_error>([&](auto const& failed) { display.lost(failed.what()); });
    for (auto const& cause : others) display.note(coro::describe(cause));
}

/// A state folder that can't be written to is the user's concern only where the run must be remembered.
void remember(report const& results, run_context& run) {
    if (!remembers(run.args)) return;
    try {
        write_last_run(last_run_file(std::getenv), results);
    } catch (write_error const& error) {
        if (run.args.remember == remember_when::always || run.args.verbose)
            run.display.note(fmt::format("this run is not remembered: {}", error.what()));
    }
}

/// Kept until the process ends: to free a million results takes longer than to write what is left.
report const& kept(report results) {
    static auto* const reports = new std::list<report>;
    return reports->emplace_back(std::move(results));
}

void run_and_note_errors(run_context& run, run_ending& ending) {
    try {
        auto const& results = kept(run_to_report(run));
        ending.hosts = run.args.failures_exit_0 ? 0 : exit_code(results, run.args.max_status);
        remember(results, run);
    } catch (run_error const& error) {
        remember(error.results(), run);
        note_causes(error, run.display);
        ending.error = error.status();
    } catch (error const& error) {
        run.display.note(error.what());
        ending.error = error.status();
    } catch (asio::system_error const& error) {
        if (run.signals.received == 0) run.display.note(error.what());
        ending.error = exit_status::local_error;
    }
    ending.signal = run.signals.received;
}

/// Wiped when the run has ended.
std::shared_ptr<std::string const> ask_for_sudo(arguments const& args, start_limit& limit) {
    start_limit::standing const clock(limit);
    auto const ask = who_to_ask(args.ssh.askpass, [](char const* name) { return std::getenv(name); });
    auto const answer = ask ? ask("Password for sudo: ", {}) : std::nullopt;
    if (!answer)
        throw target_error(
            "--sudo-password: no password was given; without a terminal --askpass names a program to ask");
    auto* const kept = new std::string(answer->begin(), answer->end());
    return {kept, [](std::string* text) {
                ::explicit_bzero(text->data(), text->size());
                delete text;
            }};
}

/// What it has made is removed by the way out of a run alone: the limit no longer ends the program here.
std::unique_ptr<askpass_service> ask_before(arguments const& args, std::vector<endpoint> const& hosts,
                                            start_limit& limit) {
    start_limit::standing const clock(limit);
    auto asking = serve_questions(args, hosts);
    if (asking) limit.over();
    return asking;
}

void close(display& display, run_context const& run, run_ending& ending) {
    std::optional<steady::time_point> limit;
    if (run.options.total_timeout > 0ns) limit = run.run_begun + run.options.total_timeout;
    hold_signals();
    auto const written = close_within_patience(display, limit, ending.signal);
    ending.reader_gone = written == write_outcome::reader_gone;
    ending.output_failed = written == write_outcome::failed;
}

/// What may surprise of that which is pushed.
void note_warnings(job const& job, display& view) {
    for (auto const& step : job.steps)
        if (auto const* const push = std::get_if<push_step>(&step); push != nullptr && push->content)
            for (auto const& warning : push->content->warnings) view.note(output::sanitised(warning));
}

}  // namespace

run_ending run_job(arguments const& args, run_plan const& plan, std::optional<run_record> record, start_limit& limit) {
    check_local_folders(args, plan.endpoints);
    job const job = make_job(args, args.sudo_password ? ask_for_sudo(args, limit) : nullptr, plan);
    auto const asking = ask_before(args, plan.endpoints, limit);
    hold_signals();
    display view(args, std::move(record));
    note_warnings(job, view);
    run_context run(args, plan, job, view, asking.get(), limit);
    run_ending ending;
    run_and_note_errors(run, ending);
    close(view, run, ending);
    return ending;
}

}  // namespace muster::cli
