// SPDX-License-Identifier: MIT
// Every transport of the program, once: a new one is a row here and its own files.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <muster/transport.hpp>

#include "cli/options/arguments.hpp"
#include "system_ssh/ssh_answers.hpp"
#include "system_ssh/ssh_words.hpp"

namespace muster::cli {

/// What a transport is made of.
struct transport_context {
    asio::any_io_executor loop;
    arguments const& args;
    std::function<void(std::string_view text)> note;                                ///< for warnings
    std::function<void(std::string_view label, std::string_view text)> note_lines;  ///< for a peer's words
    std::function<void(bool away)> lend_terminal;                                   ///< around each question
    /// Who answers programs that ask; empty: they must ask nothing.
    std::optional<system_ssh::ssh_answers> answers;
    std::function<system_ssh::ssh_target(endpoint const&)> ssh_target;  ///< good as long as the transport
};

struct transport_row {
    std::string_view name;          ///< the value of --transport
    bool reads_ssh_config;          ///< hosts are looked up in ssh's configuration; else only their names count
    bool connects_itself;           ///< the process connects and logs in; else a program per host
    bool can_lease;                 ///< step::lease works: there is a connection to watch over
    std::size_t descriptors;        ///< per host
    std::size_t input_descriptors;  ///< more of them per host when its command has an input
    std::unique_ptr<transport> (*make)(transport_context const& from);
    /// Throws muster::error for a job that no host could run; null: every job can be tried.
    void (*check)(job const& job, std::vector<endpoint> const& hosts) = nullptr;
};

std::span<transport_row const> transport_table() noexcept;

/// Null when there is none of that name.
transport_row const* find_transport(std::string_view name) noexcept;

/// The one that the arguments name.
transport_row const& transport_of(arguments const& args) noexcept;

}  // namespace muster::cli
