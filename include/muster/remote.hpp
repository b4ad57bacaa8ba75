// SPDX-License-Identifier: MIT
// A job as a coroutine: it does something on a host, reads what came of it, and says what comes next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/job.hpp>
#include <muster/outcome.hpp>

namespace muster {

struct host_place;

/// How a command of a job's coroutine has ended.
struct command_result {
    std::optional<std::uint32_t> status;  ///< exit status, if one came
    std::string signal;                   ///< name without "SIG" of the signal that ended it; empty: none
    std::string out;                      ///< standard output, up to 16 MiB
    std::string err;                      ///< standard error, likewise
    bool truncated = false;               ///< there was more

    bool ok() const noexcept { return status == 0U; }
};

/// A command that is written to while it is read. Used by one coroutine.
class dialogue {
  public:
    /// The next line of its standard output, without the line end; the last one may have had none. Nothing: it has
    /// ended, or closed that stream.
    coro::awaitable<std::optional<std::string>> line();
    /// Whatever comes next of its standard output.
    coro::awaitable<std::optional<std::string>> some();
    /// Returns when the command's side has room for more. What an ended command does not read is dropped.
    coro::awaitable<void> write(std::string_view bytes);
    /// The end of its standard input.
    void close();

    struct state;
    explicit dialogue(state& of) : state_(of) {}
    dialogue(dialogue const&) = delete;
    dialogue& operator=(dialogue const&) = delete;

  private:
    state& state_;
};

/// The host of a job's coroutine, which uses it until it returns, one call at a time. Every call throws step_failed
/// when the connection is lost or a limit passes: let it out, it is how the host ends. What a command prints goes to
/// the sink as it comes, and is in its result.
///
/// The mistake: to swallow a cancellation and to call again, `for (...) try { co_await host.ask(...); } catch
/// (std::exception const&) {}`: each call throws at once and the loop never gets a turn; see coro::is_cancellation.
/// After a hundred such calls the next one throws what is no std::exception, and the host is stopped; a program whose
/// job swallows that, too, or of which a file is built without NDEBUG, aborts with the rule.
class remote {
  public:
    explicit remote(host_place const& place) : place_(place) {}
    remote(remote const&) = delete;
    remote& operator=(remote const&) = delete;

    /// Unique name in output and reports.
    std::string const& label() const;
    /// Its place in the run's list.
    std::size_t index() const;

    /// A command that must end well: throws step_failed unless its exit status is one of options::ok_status.
    coro::awaitable<command_result> run(step step);
    /// A command whose end is an answer: any exit status is returned, and a signal.
    coro::awaitable<command_result> ask(step step);
    /// The same in place of a command with a script.
    coro::awaitable<command_result> run(script_step script);
    /// A command and `body`, which talks with it, at once. Its standard output goes to the body alone, its standard
    /// error is in the result; the step's input is what the body writes. When the body returns, the command's input is
    /// closed, the rest of its output is dropped, and its end is awaited. An exception of the body stops the command.
    template <typename Body>
    coro::awaitable<command_result> talk(step step, Body&& body) {
        coro::detail::require_passed_safely<Body>();
        return talk_with(std::move(step), talk_body(std::forward<Body>(body)));
    }

    coro::awaitable<push_outcome> push(push_step push);
    coro::awaitable<void> pull(pull_step pull);
    coro::awaitable<void> check(check_step check);

  private:
    using talk_body = std::function<coro::awaitable<void>(dialogue&)>;
    coro::awaitable<command_result> talk_with(step step, talk_body body);

    host_place const& place_;
    std::size_t not_begun_ = 0;  // the calls since the last one that began
};

/// A host's coroutine. When it returns, the host is `ok`; an exception of it, step_failed among them, is the host's
/// failure, and its `cause`. A stop cancels it: the command that runs is stopped, and its call throws.
class job_body {
  public:
    using function = std::function<coro::awaitable<void>(remote&)>;
    explicit job_body(function run) : run_(std::move(run)) {}
    coro::awaitable<void> operator()(remote& host) const { return run_(host); }

  private:
    function run_;
};

/// A job that is a coroutine. It is called once for each host, and kept as long as the job. Throws
/// std::invalid_argument for an empty function.
job job_of(job_body::function body);

}  // namespace muster
