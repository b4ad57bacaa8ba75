// SPDX-License-Identifier: MIT
// See program.hpp.
#include "cli/program.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <asio/this_coro.hpp>

#include <muster/async_run.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/wait.hpp>

#include "cli/arguments.hpp"
#include "cli/askpass.hpp"
#include "cli/display.hpp"
#include "cli/help.hpp"
#include "cli/input.hpp"
#include "cli/process.hpp"
#include "cli/resume.hpp"
#include "cli/signals.hpp"
#include "cli/targets.hpp"
#include "local/exec_transport.hpp"
#include "output/ledger.hpp"
#include "output/words.hpp"
#include "run/supervise.hpp"
#include "ssh/ssh_transport.hpp"
#include "ssh_config/config_file.hpp"

namespace muster::cli {

namespace {

using namespace std::chrono_literals;

constexpr int usage_code = 2;
constexpr int left_out_code = 1;
constexpr int local_error_code = 4;
constexpr int reader_gone_code = 141;

/// After a signal, readers of our output get this long before what is left is dropped.
constexpr auto patience_after_signal = 2s;

int usage_failure(std::string const& reason) {
    say(reason + "\nTry 'muster --help'.");
    return usage_code;
}

int nothing_started(std::string const& reason) {
    say(reason);
    return usage_code;
}

int print(std::string const& text) {
    bool const written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return written ? 0 : local_error_code;
}

/// A socket, or both ends of a pipe for each stream.
std::size_t files_of_session(transport_kind kind, job const& work) {
    if (kind != transport_kind::exec) return 1;
    return work.input ? 6 : 4;
}

/// No more hosts at once than there are file descriptors for.
void clamp_fanout(options& how, std::size_t hosts, std::size_t files_each, display& shown) {
    std::size_t const wanted = how.fanout == 0 ? hosts : std::min(how.fanout, hosts);
    std::size_t const possible = raise_open_files(files_each);
    if (wanted <= possible) return;
    how.fanout = possible;
    shown.note(fmt::format("fan-out lowered from {} to {}: that is how many the limit of open files allows (ulimit -n)",
                           wanted, possible));
}

/// One run over the transport that was asked for.
struct plan {
    plan(arguments const& from, std::vector<endpoint> const& hosts, job const& todo, display& to)
        : given(from), how(from.how), where(hosts), work(todo), shown(to) {
        how.keep_output = 0;  // the sinks keep what they need
        clamp_fanout(how, hosts.size(), files_of_session(from.transport, work), shown);
    }

    arguments const& given;
    options how;
    std::vector<endpoint> const& where;
    job const& work;
    display& shown;
    signal_state signals;
};

/// What may be asked of the user, and how what servers say before a login is shown: each text once.
ssh::login_options logins_of(plan& planned) {
    auto const& given = planned.given;
    ssh::login_options logins;
    logins.asking.ask = who_to_ask(given.ssh.askpass, [](char const* name) { return std::getenv(name); });
    logins.asking.password_first = given.ssh.password;
    logins.asking.password_when_wanted = !given.ssh.askpass.empty();
    logins.asking.in_progress = [&planned](bool begins) { planned.shown.hold_status(begins); };
    if (given.verbose) {
        logins.banner = [&planned, told = std::set<std::string>()](std::string const& host,
                                                                   std::string const& text) mutable {
            if (told.insert(text).second) planned.shown.note_lines(fmt::format("{}: banner", host), text);
        };
    }
    return logins;
}

asio::awaitable<report> run_over_ssh(plan& planned) {
    auto const loop = co_await asio::this_coro::executor;
    ssh::ssh_transport hosts(loop, logins_of(planned), planned.how.connect_timeout);
    co_await hosts.prepare(planned.where);
    for (auto const& warning : hosts.warnings()) planned.shown.note(warning);
    co_return co_await hosts.serve(
        async_run(planned.where, planned.work, planned.how, planned.shown.told(), hosts, &planned.signals.abort));
}

asio::awaitable<report> run_here(plan& planned) {
    local::exec_transport hosts;
    co_return co_await async_run(planned.where, planned.work, planned.how, planned.shown.told(), hosts,
                                 &planned.signals.abort);
}

/// Stops the run when its output can't be written any more, also while no host has anything to say.
asio::awaitable<void> watch_writing(coro::task<report> fleet, display& shown) {
    coro::remote_event failed(co_await asio::this_coro::executor);
    shown.on_failure(failed.setter());
    co_await failed.wait();
    fleet.cancel();
}

asio::awaitable<void> watch_over(coro::task<report> fleet, plan& planned) {
    auto signals = watch_signals(fleet, planned.signals, [&planned] { planned.shown.who_runs(); });
    auto writing = watch_writing(fleet, planned.shown);
    co_await coro::wait_all(std::move(signals), std::move(writing));
}

report run_plan(plan& planned) {
    bool const local = planned.given.transport == transport_kind::exec;
    watcher const watch = [&planned](coro::task<report> fleet) { return watch_over(std::move(fleet), planned); };
    return coro::run(supervise(local ? run_here(planned) : run_over_ssh(planned), watch));
}

/// The exit code as far as the hosts decide it; faults of our own count as local errors.
int outcome_of(plan& planned) {
    try {
        return exit_code(run_plan(planned), planned.given.max_status);
    } catch (run_error const& error) {
        for (auto const& rest : error.causes().split<output::write_error>([](auto const&) {})) {
            planned.shown.note(coro::describe(rest));  // what could not be written, the display says when it is closed
        }
        return planned.shown.reader_gone() ? reader_gone_code : local_error_code;
    } catch (ssh::credentials_error const& error) {
        planned.shown.note(error.what());
    } catch (ssh::known_hosts_error const& error) {
        planned.shown.note(error.what());
    } catch (asio::system_error const& error) {
        if (planned.signals.received == 0) planned.shown.note(error.what());
    }
    return usage_code;
}

int run_fleet(arguments const& given, std::vector<endpoint> const& where, std::optional<output::ledger_file> record) {
    job work{given.command, input_for(given)};
    if (given.lease) work.lease = lease_terms{.grace = given.how.grace};
    hold_signals();
    display shown(given, std::move(record));
    plan planned(given, where, work, shown);
    int const code = outcome_of(planned);
    int const signal = planned.signals.received;
    auto const written =
        shown.close(signal != 0 ? std::optional<std::chrono::nanoseconds>(patience_after_signal) : std::nullopt);
    if (signal != 0) die_of(signal);
    if (written == write_outcome::reader_gone) return reader_gone_code;
    return written == write_outcome::failed ? local_error_code : code;
}

void note_duplicates(host_list const& hosts, arguments const& given) {
    if (hosts.duplicates() == 0 || given.quiet) return;
    auto const count = hosts.duplicates();
    say(fmt::format("{} that {} named before {} left out: each host runs once", output::hosts_in_words(count),
                    count == 1 ? "was" : "were", count == 1 ? "is" : "are"));
}

int run_anew(arguments const& given) {
    auto const hosts = read_hosts(given);
    note_duplicates(hosts, given);
    auto const where = make_endpoints(hosts, given);
    std::optional<output::ledger_file> record;
    if (!given.ledger.empty()) record.emplace(given.ledger);
    return run_fleet(given, where, std::move(record));
}

output::ledger_file open_to_resume(std::string const& path) {
    try {
        return output::ledger_file(path, output::ledger_file::opening::existing);
    } catch (output::write_error const& error) {
        throw target_error(error.what());
    }
}

void note_left_out(rest_of_run const& rest) {
    if (rest.may_run.empty()) return;
    say(fmt::format(
        "left out: {} ({}): the command may have run there or may still run (--resume-unknown: run it again)",
        fold(rest.may_run), rest.may_run.size()));
}

int nothing_to_do(rest_of_run const& rest) {
    if (!rest.given.quiet) {
        say(fmt::format("nothing {}to do: {} ok already", rest.may_run.empty() ? "" : "else ",
                        output::hosts_in_words(rest.done)));
    }
    return rest.may_run.empty() ? 0 : left_out_code;
}

/// The outcome of the hosts that ran, and of those that were left out: they are not ok.
int with_left_out(int code, rest_of_run const& rest) {
    if (code != 0 || rest.may_run.empty()) return code;
    if (!rest.given.quiet) {
        say(fmt::format("not all is done: {} left out", output::hosts_in_words(rest.may_run.size())));
    }
    return left_out_code;
}

/// The ledger is locked before it is read: no other run goes on with it meanwhile.
int run_rest(arguments const& given) {
    auto record = open_to_resume(given.resume);
    auto const rest = rest_after(read_ledger(given.resume), given);
    note_left_out(rest);
    if (rest.hosts.empty()) return nothing_to_do(rest);
    auto const where = make_endpoints(rest.hosts, rest.given);
    return with_left_out(run_fleet(rest.given, where, std::move(record)), rest);
}

int run_hosts(arguments const& given) {
    try {
        return given.resume.empty() ? run_anew(given) : run_rest(given);
    } catch (target_error const& error) {
        return nothing_started(error.what());
    } catch (ledger::ledger_error const& error) {
        return nothing_started(error.what());
    } catch (output::ledger_refused const& error) {
        return nothing_started(error.what());
    } catch (ssh_config::config_error const& error) {
        return nothing_started(error.what());
    }
}

}  // namespace

int run_program(std::span<char const* const> words) {
    open_standard_descriptors();
    set_signal_defaults();
    try {
        auto const given = parse_arguments(words, [](char const* name) { return std::getenv(name); });
        switch (given.what) {
            case action::help:
                return print(help_text());
            case action::version:
                return print(version_text(ssh::library_versions()));
            case action::run:
                return run_hosts(given);
        }
    } catch (usage_error const& error) {
        return usage_failure(error.what());
    } catch (std::exception const& error) {
        say(error.what());
    }
    return local_error_code;
}

}  // namespace muster::cli
