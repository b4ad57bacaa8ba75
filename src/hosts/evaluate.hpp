// SPDX-License-Identifier: MIT
// Evaluates host patterns: expands ranges, looks names up, applies the set operators from left to right.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <muster/host.hpp>

#include "hosts/name_lookup.hpp"
#include "hosts/name_match.hpp"

namespace muster::hosts {

/// What a list says: hosts, and what it says about all hosts of the selection, whichever list names them.
struct evaluated_list {
    bool names_hosts = false;  ///< false: filters alone, such as "/^web/"
    host_list hosts;
    host_list left_out;               ///< "-host"
    std::vector<name_regex> kept;     ///< "/regex/": only these
    std::vector<name_regex> dropped;  ///< "-/regex/": not these
};

/// How items are read.
enum class list_of {
    hosts,   ///< "web1,@db"
    groups,  ///< "web,db": names of groups
};

class evaluator {
  public:
    /// `limit` bounds every list and every step on the way to it.
    evaluator(name_lookup const& names, std::size_t limit) : names_(names), limit_(limit) {}

    /// Throws host_syntax_error; for a pattern inside a group or a file its text says so, and the excerpt is of there.
    evaluated_list list(std::string_view pattern, list_of what = list_of::hosts);

    /// The hosts of a file's text; `path` names it in errors and is where its includes are looked for.
    host_list file(std::string_view text, std::string const& path);

    /// Every host that groups and inventories know, of `source` or, where it is empty, of the usual one.
    host_list all(std::string const& source);

    /// Every host that a wildcard may choose from.
    host_list known(bool with_aliases);

  private:
    class list_evaluation;
    friend class list_evaluation;

    /// Names a group or file while it is evaluated. Throws lookup_error for one that contains itself.
    class nesting {
      public:
        nesting(evaluator& owner, std::string name);
        nesting(nesting const&) = delete;
        nesting& operator=(nesting const&) = delete;
        ~nesting() { owner_.inside_.pop_back(); }

      private:
        evaluator& owner_;
    };

    host_list inner_list(std::string_view pattern, std::string const& source);
    host_list contents(found_hosts const& found, std::string const& group);
    host_list named_file(std::string const& path);
    host_list lines(std::string_view text, std::string const& path);
    void line(std::string_view text, std::string const& path, std::size_t number, host_list& to);
    host_list included(std::string_view path);

    name_lookup const& names_;
    std::size_t limit_;
    std::vector<std::string> inside_;  ///< groups and files that are being evaluated, outermost first
};

}  // namespace muster::hosts
