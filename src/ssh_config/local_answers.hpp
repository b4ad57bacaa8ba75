// SPDX-License-Identifier: MIT
// What a configuration asks of this machine: commands of `Match exec`, names for CanonicalizeHostname, own addresses.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>

namespace muster::ssh_config {

/// How a command of `Match exec` ended.
struct exec_result {
    int status = 0;
    std::string error;  ///< not empty: it has no exit status, and this says why
};

struct name_query {
    std::string name;
    address_family family = address_family::any;
    friend auto operator<=>(name_query const&, name_query const&) = default;
};

struct name_answer {
    bool found = false;
    std::string canonical_name;  ///< what the name is an alias of, or the name itself; empty: unknown
    bool asked = true;           ///< else nobody was: what the name stands for is not known
};

/// How to ask. This room knows no event loop, so the caller says how a command is run and a name looked up. Each
/// function answers all questions of one call, in order, and may work on many of them at once. An empty function:
/// hosts for which it would be needed get a fault.
struct local_machine {
    std::function<std::vector<exec_result>(std::vector<std::string> const&)> run;
    std::function<std::vector<name_answer>(std::vector<name_query> const&)> resolve;
    std::function<std::vector<std::string>()> addresses;  ///< of the interfaces that are up, numeric
};

/// Asks each question once. A question without an answer yet is remembered as open; ask() asks all that are open in one
/// call, so that the questions of many hosts are worked on together.
class local_answers {
  public:
    explicit local_answers(local_machine const& machine) : machine_(machine) {}

    /// Null: open from now on.
    exec_result const* of_command(std::string const& command);
    name_answer const* of_name(name_query const& query);

    std::vector<std::string> const& addresses();

    bool can_resolve() const { return static_cast<bool>(machine_.resolve); }

    void ask();

  private:
    local_machine const& machine_;
    std::map<std::string, std::optional<exec_result>> commands_;
    std::map<name_query, std::optional<name_answer>> names_;
    std::optional<std::vector<std::string>> addresses_;
};

}  // namespace muster::ssh_config
