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
#include <utility>
#include <variant>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/input.hpp>

namespace muster {

/// A command that lives only as long as its connection: see step::lease.
struct lease_terms {
    std::chrono::seconds expires{60};               ///< a connection that is silent for so long counts as ended
    std::chrono::nanoseconds grace{5'000'000'000};  ///< then, between SIGTERM and SIGKILL
};

/// One command line, given verbatim to the login shell of the host (RFC 4254 section 6.5), and what goes with it.
struct step {
    std::string command;
    std::shared_ptr<command_input> input = {};  ///< what each host's command reads, from the start; null: nothing
    /// Set: the command runs under a small POSIX shell script, which ends its process group when the connection ends,
    /// for whatever reason. Its standard input is empty then, and it has no terminal. Only over SSH.
    std::optional<lease_terms> lease = {};
    std::optional<tty_request> tty = {};  ///< unset: as the endpoint says
    /// Set: makes the command line of the host with this index in the run, in place of `command`.
    std::function<std::string(std::size_t host)> command_for = {};
    /// Variables (SetEnv of ssh_config(5)) besides those of the endpoint.
    std::vector<std::pair<std::string, std::string>> environment = {};
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
};

/// Puts a file or a directory on the host: whole, in one rename, or not at all. What lies there already and is equal is
/// left alone, and nothing is sent.
struct push_step {
    /// The content for a host, by its name. Throws muster::error, which is that host's failure. Called in another
    /// thread, several at a time, unless `content` is there.
    std::function<std::shared_ptr<pushed_content const>(std::string const& host)> source = {};
    std::shared_ptr<pushed_content const> content = {};  ///< the same for all hosts
    std::string to = {};  ///< path on the host, from the home directory on; one that ends in "/" is the folder for it
};

using job_step = std::variant<step, push_step>;

/// The work of one host. A step starts when the one before it has ended well.
struct job {
    /// One command.
    job(std::string command, std::shared_ptr<command_input> input = {})
        : steps{step{std::move(command), std::move(input)}} {}
    explicit job(std::vector<step> in_order) : steps(in_order.begin(), in_order.end()) {}
    explicit job(std::vector<job_step> in_order) : steps(std::move(in_order)) {}

    /// The first of the steps that is a command. For a job that has one.
    step& command() {
        for (auto& one : steps)
            if (auto* const found = std::get_if<step>(&one)) return *found;
        return std::get<step>(steps.at(0));
    }

    std::vector<job_step> steps;  ///< at least one
};

}  // namespace muster
