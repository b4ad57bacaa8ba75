// SPDX-License-Identifier: MIT
// Runs the job over the transport that the options name, watched by signals and by the writer.
#include "cli/run_job.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <asio/this_coro.hpp>

#include <muster/coro/remote_event.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/wait.hpp>

#include "cli/askpass.hpp"
#include "cli/display.hpp"
#include "cli/gates.hpp"
#include "cli/keys.hpp"
#include "cli/last_run.hpp"
#include "cli/make_job.hpp"
#include "cli/process.hpp"
#include "cli/signals.hpp"
#include "cli/targets.hpp"
#include "local/exec_transport.hpp"
#include "run/run_on_loop.hpp"
#include "run/supervise.hpp"
#include "ssh/session/request_text.hpp"
#include "ssh/ssh_transport.hpp"
#include "system_ssh/system_ssh_transport.hpp"

namespace muster::cli {

namespace {

using namespace std::chrono_literals;

/// After a signal, readers of our output get this long before what is left is dropped.
constexpr auto patience_after_signal = 2s;

/// A socket, or both ends of a pipe for each stream; and the host's own two files.
std::size_t files_per_host(arguments const& args, job const& job, bool proxied) {
    std::size_t const kept = args.outdir.empty() && args.errdir.empty() ? 0 : 2;
    if (args.transport == transport_kind::ssh2) return (proxied ? 3 : 1) + kept;
    bool const reads = std::ranges::any_of(job.steps, [](auto const& one) {
        auto const* const command = std::get_if<step>(&one);
        return command == nullptr || command->input;
    });
    return (reads ? 6 : 4) + kept;
}

bool has_proxy(std::vector<endpoint> const& hosts) {
    return std::ranges::any_of(hosts, [](auto const& one) { return !one.proxy_command.empty(); });
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
    bool const proxied = has_proxy(hosts);
    lower_fanout(options, hosts.size(), raise_open_files(files_per_host(args, job, proxied)), "open files (ulimit -n)",
                 display);
    if (!proxied && args.transport == transport_kind::ssh2) return;
    lower_fanout(options, hosts.size(), processes_left(), "processes (ulimit -u)", display);
}

/// What the functions below share.
struct run_context {
    run_context(arguments const& parsed, std::vector<endpoint> const& hosts, muster::job const& work,
                cli::display& view)
        : args(parsed), options(parsed.how), endpoints(hosts), job(work), display(view) {
        options.keep_output = 0;  // the sinks keep what they need
        options.rollout.hooks = hooks_for(args, display);
        clamp_fanout(options, hosts, args, job, display);
        signals.asks_twice = args.asks_twice;
    }

    arguments const& args;
    muster::options options;
    std::vector<endpoint> const& endpoints;
    muster::job const& job;
    cli::display& display;
    signal_state signals;
    key_mode keys;
};

/// A banner (RFC 4252 section 5.4) is shown once for all hosts that send the same.
decltype(ssh::login_options::banner) banners_to(display& display) {
    return [&display, shown = std::set<std::string>()](std::string const& host, std::string const& text) mutable {
        if (shown.insert(text).second) display.note_lines(fmt::format("{}: banner", host), text);
    };
}

/// Nothing is drawn and no key is read while another program or a question for a password has the terminal.
void lend_terminal(run_context& run, bool away) {
    if (away) run.display.hold_status(true);
    run.keys.lend(away);
    if (!away) run.display.hold_status(false);
}

ssh::login_options login_options_of(run_context& run) {
    auto const& args = run.args;
    ssh::login_options logins;
    logins.asking.ask = who_to_ask(args.ssh.askpass, [](char const* name) { return std::getenv(name); });
    logins.asking.password_first = args.ssh.password;
    logins.asking.password_when_wanted = !args.ssh.askpass.empty();
    logins.asking.in_progress = [&run](bool begins) { lend_terminal(run, begins); };
    if (args.verbose) logins.banner = banners_to(run.display);
    logins.warning = [&run](std::string const& text) { run.display.note(text); };
    if (args.verbose)
        logins.proxy_said = [&run](std::string const& host, std::string const& line) {
            run.display.note_lines(host + ": ProxyCommand", line);
        };
    return logins;
}

asio::awaitable<report> run_over_ssh(run_context& run) {
    memory_guard const guarded;  // for keys and passwords
    ssh::require_possible(run.job);
    auto const loop = co_await asio::this_coro::executor;
    ssh::ssh_transport transport(loop, login_options_of(run), run.options.connect_timeout);
    co_await transport.prepare(run.endpoints);
    for (auto const& warning : transport.warnings()) run.display.note(warning);
    co_return co_await transport.serve(
        run_on_loop(run.endpoints, {&run.job, 1}, run.options, run.display.sink(), transport, &run.signals.abort));
}

system_ssh::ssh_settings ssh_settings_of(ssh_arguments const& given) {
    system_ssh::ssh_settings settings;
    settings.options = given.settings;
    settings.config_file = given.config;
    settings.family = given.family;
    settings.jump = given.jump;
    settings.forward_agent = given.forward_agent;
    settings.accept_new = given.accept_new;
    return settings;
}

asio::awaitable<report> run_by_ssh(run_context& run) {
    ssh::require_possible(run.job);
    system_ssh::system_ssh_transport transport(ssh_settings_of(run.args.ssh), run.options.connect_timeout);
    co_return co_await run_on_loop(run.endpoints, {&run.job, 1}, run.options, run.display.sink(), transport,
                                   &run.signals.abort);
}

asio::awaitable<report> run_here(run_context& run) {
    local::exec_transport transport;
    co_return co_await run_on_loop(run.endpoints, {&run.job, 1}, run.options, run.display.sink(), transport,
                                   &run.signals.abort);
}

/// Cancels the run when its output can't be written any more, even while no host has any output.
asio::awaitable<void> watch_writing(coro::task<report> run, display& display) {
    coro::remote_event failed(co_await asio::this_coro::executor);
    display.on_failure(failed.setter());
    co_await failed.wait();
    run.cancel();
}

signal_actions signal_actions_of(run_context& run) {
    signal_actions actions;
    actions.who_runs = [&run] { run.display.who_runs(); };
    actions.leave = [&run] { lend_terminal(run, true); };
    actions.come_back = [&run] { lend_terminal(run, false); };
    return actions;
}

key_actions key_actions_of(run_context& run) {
    key_actions actions;
    actions.begin = [&run] { run.display.hint_keys(); };
    actions.who_runs = [&run] { run.display.who_runs(); };
    actions.failures = [&run] { run.display.failures(); };
    actions.help = [&run] {
        run.display.note("Enter or s: who runs, and since when; f: failures so far; Ctrl-C: stop");
    };
    return actions;
}

asio::awaitable<void> watch(coro::task<report> task, run_context& run) {
    auto signals = watch_signals(task, run.signals, signal_actions_of(run));
    auto writing = watch_writing(task, run.display);
    if (!run.display.is_pinned() || !can_read_keys()) {
        co_await coro::wait_all(std::move(signals), std::move(writing));
    } else {
        auto keys = watch_keys(run.keys, key_actions_of(run));
        co_await coro::wait_all(std::move(signals), std::move(writing), std::move(keys));
    }
}

asio::awaitable<report> run_by_transport(run_context& run) {
    switch (run.args.transport) {
        case transport_kind::exec:
            return run_here(run);
        case transport_kind::ssh:
            return run_by_ssh(run);
        case transport_kind::ssh2:
            break;
    }
    return run_over_ssh(run);
}

report run_to_report(run_context& run) {
    watcher const watcher = [&run](coro::task<report> task) { return watch(std::move(task), run); };
    return coro::run(supervise(run_by_transport(run), watcher));
}

/// Write errors are left to the end of the display, which names them.
void note_causes(run_error const& error, display& display) {
    for (auto const& cause : error.causes().split<write_error>([](auto const&) {})) display.note(coro::describe(cause));
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

void run_and_note_errors(run_context& run, run_plan const& plan, run_ending& ending) {
    try {
        auto const results = run_to_report(run);
        ending.hosts = run.args.failures_exit_0 ? 0 : exit_code(results, run.args.max_status);
        remember(results, run);
        if (plan.afterthoughts)
            for (auto const& note : plan.afterthoughts(results)) run.display.note(note);
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
std::shared_ptr<std::string const> ask_for_sudo(arguments const& args) {
    auto const ask = who_to_ask(args.ssh.askpass, [](char const* name) { return std::getenv(name); });
    auto const answer = ask ? ask("Password for sudo: ", {}) : std::nullopt;
    if (!answer)
        throw target_error(
            "--sudo-password: no password was given; without a terminal --askpass names a program to ask");
    auto* const kept = new std::string(answer->begin(), answer->end());
    return {kept, [](std::string* one) {
                ::explicit_bzero(one->data(), one->size());
                delete one;
            }};
}

void close(display& display, run_ending& ending) {
    bool const signalled = ending.signal != 0;
    auto const written =
        display.close(signalled ? std::optional<std::chrono::nanoseconds>(patience_after_signal) : std::nullopt);
    ending.reader_gone = written == write_outcome::reader_gone;
    ending.output_failed = written == write_outcome::failed;
}

}  // namespace

run_ending run_job(arguments const& args, run_plan const& plan, std::optional<run_record> record) {
    job const work = make_job(args, args.sudo_password ? ask_for_sudo(args) : nullptr, plan.command_for);
    hold_signals();
    display view(args, std::move(record));
    run_context run(args, plan.endpoints, work, view);
    run_ending ending;
    run_and_note_errors(run, plan, ending);
    close(view, ending);
    return ending;
}

}  // namespace muster::cli
