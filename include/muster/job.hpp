// SPDX-License-Identifier: MIT
// What each host does: steps, one after the other over one connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/input.hpp>
#include <muster/outcome.hpp>

namespace muster {

/// A command that lives only as long as its connection: see step::lease.
struct lease_terms {
    std::chrono::seconds expires{60};               ///< a connection that is silent for so long counts as ended
    std::chrono::nanoseconds grace{5'000'000'000};  ///< then, between SIGTERM and SIGKILL
};

/// Another user's rights for a command, by sudo(8) of the host.
struct sudo_terms {
    std::string user = "root";
    /// Sent when, and only when, sudo asks: to one host first, to the others when that one has taken it, and never
    /// twice. Null: sudo must not ask.
    std::shared_ptr<std::string const> password = {};
};

// The steps have constructors because they are temporaries beside co_await, where g++ 12.2 destroys one of an aggregate
// twice.

/// One command line, given verbatim to the login shell of the host (RFC 4254 section 6.5), and what goes with it.
struct step {
    step(std::string line = {}, std::shared_ptr<command_input> reads = {})
        : command(std::move(line)), input(std::move(reads)) {}

    std::string command;
    std::shared_ptr<command_input> input = {};  ///< what each host's command reads, from the start; null: nothing
    /// Set: the command runs under a small POSIX shell script, which ends its process group when the connection ends,
    /// for whatever reason. Its standard input is empty then, and it has no terminal. Only over SSH.
    std::optional<lease_terms> lease = {};
    std::optional<tty_request> tty = {};  ///< unset: as the endpoint says
    /// Set: makes the command line of the host with this index in the run, in place of `command`.
    std::function<std::string(std::size_t host)> command_for = {};
    /// Set: opens what the command of the host with this name reads, in place of `input`, when its turn comes. Called
    /// in another thread. What it throws is the host's failure.
    std::function<std::shared_ptr<command_input>(std::string const& host)> input_for = {};
    /// Variables (SetEnv of ssh_config(5)) besides those of the endpoint.
    std::vector<std::pair<std::string, std::string>> environment = {};
    /// Set: run by /bin/sh with another user's rights, in place of the login shell.
    std::optional<sudo_terms> sudo = {};
};

/// Made by script_of in muster/copy.hpp: a script of this machine in place of a command. It reaches its interpreter, of
/// the #! line, as an open file without a name, so that its standard input is free, and nothing of it stays on the
/// host.
struct script_step {
    script_step() = default;

    std::string text;
    std::string sha256;                       ///< of the text, in hexadecimal digits
    std::vector<std::string> interpreter;     ///< of its #! line
    std::string name = {};                    ///< what it finds in MUSTER_SCRIPT
    std::vector<std::string> arguments = {};  ///< each one word, whatever is in it
    /// Set: those of the host with this index in the run, in place of `arguments`.
    std::function<std::vector<std::string>(std::size_t host)> arguments_for = {};
    step with = {};  ///< its input, variables and rights; `command`, `lease` and `tty` are not used
};

/// What a push brings: known in full before the first byte is sent. Made by push_source, in muster/copy.hpp.
struct pushed_content {
    std::shared_ptr<command_input> bytes;
    std::uint64_t size = 0;
    std::string sha256;          ///< of the bytes, in hexadecimal digits
    unsigned mode = 0644;        ///< of a file
    bool directory = false;      ///< the bytes are a tar of a directory's content
    std::string tree = {};       ///< of a directory: a digest of what is in it; empty: it can't be compared
    std::string modes = {};      ///< of a directory: every mode in it
    std::string base_name = {};  ///< of the file or directory here
    std::function<std::string()> changed = {};  ///< says what has happened to the source since; empty: nothing
    std::vector<std::string> warnings = {};     ///< what may surprise: links that lead out of the directory
};

/// Puts a file or a directory on the host: whole, in one rename, or not at all. What lies there already and is equal is
/// left alone, and nothing is sent.
struct push_step {
    push_step() = default;

    /// The content for a host, by its name. Throws muster::error, which is that host's failure. Called in another
    /// thread, several at a time, unless `content` is there.
    std::function<std::shared_ptr<pushed_content const>(std::string const& host)> source = {};
    std::shared_ptr<pushed_content const> content = {};  ///< the same for all hosts
    std::string to = {};  ///< path on the host, from the home directory on; one that ends in "/" is the folder for it
    bool as_cp = false;   ///< where `to` is a folder it comes into that, and no folder that is there is replaced
    std::optional<sudo_terms> sudo = {};  ///< set: put there with another user's rights
};

/// What a push has done.
enum class push_outcome {
    changed,
    same,  ///< it was there already; nothing was sent
};

/// Runs after the command until it ends well: the host is well then.
struct check_step {
    check_step(step asks) : what(std::move(asks)) {}

    step what;
    std::chrono::nanoseconds within{60'000'000'000};  ///< it must be well by then; zero: at the first try
    std::chrono::nanoseconds every{2'000'000'000};    ///< between tries
    std::chrono::nanoseconds hold{0};                 ///< and stay well for so long
};

/// Where the bytes of one pull go. Used by one thread at a time.
class pull_target {
  public:
    /// Before a file's bytes begin: its permissions on the host, of which the copy must have no others.
    virtual void permit(unsigned /*mode*/) {}
    /// What comes: a file's bytes, or a tar.
    virtual void begin(bool directory) = 0;
    virtual void take(std::string_view bytes) = 0;
    /// All has come: puts it in place.
    virtual void finish() = 0;

    pull_target() = default;
    pull_target(pull_target const&) = delete;
    pull_target& operator=(pull_target const&) = delete;
    /// What was not finished leaves nothing.
    virtual ~pull_target() = default;
};

/// Fetches a file or a directory from the host: whole or not at all. See pull_of in muster/copy.hpp.
struct pull_step {
    pull_step() = default;

    std::string from;  ///< path on the host
    /// Called and used in another thread. What it throws and what its target throws is the host's failure, unless it is
    /// an input_error, which ends the run.
    std::function<std::unique_ptr<pull_target>(std::string const& label)> into;
    std::uint64_t most = std::uint64_t{1} << 30U;  ///< bytes
    std::optional<sudo_terms> sudo = {};           ///< set: read with another user's rights
};

/// Runs at the end whatever happened before, also during a stop, then for no longer than options::grace. Not when the
/// host was never reached, or its connection is gone.
struct always_step {
    always_step(step at_the_end) : what(std::move(at_the_end)) {}

    step what;
};

using job_step = std::variant<step, script_step, push_step, check_step, pull_step, always_step>;

class job_body;

/// The work of one host. They are taken in the order given, but for always_step, which is for the end. A step starts
/// when the one before it has ended well.
struct job {
    /// One command.
    job(std::string command, std::shared_ptr<command_input> input = {})
        : steps{step{std::move(command), std::move(input)}} {}
    explicit job(std::vector<step> in_order) : steps(in_order.begin(), in_order.end()) {}
    explicit job(std::vector<job_step> in_order) : steps(std::move(in_order)) {}

    /// The first of the steps that is a command. For a job that has one.
    step& command() {
        for (auto& item : steps)
            if (auto* const found = std::get_if<step>(&item)) return *found;
        return std::get<step>(steps.at(0));
    }

    std::vector<job_step> steps;  ///< at least one, unless there is a body
    /// Set: with which of the steps the host with this index in the run begins. Those before it, and the hook `before`,
    /// are an earlier run's, and ended well. An index behind the end ends the run as run_error.
    std::function<std::size_t(std::size_t host)> begins_at = {};
    std::shared_ptr<job_body const> body = {};  ///< a coroutine in place of the steps: job_of in muster/remote.hpp
};

}  // namespace muster
