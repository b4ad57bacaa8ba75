// SPDX-License-Identifier: MIT
// Who: hosts as the user writes them, patterns such as "n[1-3,7]" and lists without duplicates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <muster/error.hpp>

namespace muster {

/// One target as it was written: `name`, `user@name`, `name:port`, `[::1]:port`.
struct host {
    std::string name;                   ///< host name or numeric address, without brackets, in the user's spelling
    std::string user;                   ///< empty: from the configuration
    std::optional<std::uint16_t> port;  ///< empty: from the configuration

    /// The label in output and reports: `user@name:port` with only the parts that were written. Unique in a host_list.
    std::string label() const;

    friend bool operator==(host const&, host const&) = default;
};

/// A pattern that is no host list. `what()` says what is wrong; `column` is the offset in `pattern`, counted from 0.
class host_syntax_error : public error {
  public:
    host_syntax_error(std::string const& reason, std::string pattern, std::size_t column)
        : error(exit_status::usage, reason), pattern_(std::move(pattern)), column_(column) {}

    std::string const& pattern() const noexcept { return pattern_; }
    std::size_t column() const noexcept { return column_; }
    /// Two lines to show: the pattern (shortened around the column, control characters replaced) and a caret below it.
    std::string excerpt() const;

  private:
    std::string pattern_;
    std::size_t column_;
};

/// Hosts in the order given, each once. Names are compared as DNS does, without case, addresses by their value; the
/// same name with another user or port is another host.
class host_list {
  public:
    /// Appends `one` unless it is there already (then `duplicates()` grows by one). Throws host_syntax_error for names,
    /// users and ports that no pattern could give.
    void add(host host);
    void add(host_list const& others);
    /// Appends those of `others` that are not there already; counts no duplicates, as overlapping groups are none.
    void unite(host_list const& others);

    std::size_t size() const noexcept { return hosts_.size(); }
    bool empty() const noexcept { return hosts_.empty(); }
    std::size_t duplicates() const noexcept { return duplicates_; }
    host const& operator[](std::size_t index) const noexcept { return hosts_[index]; }
    std::vector<host>::const_iterator begin() const noexcept { return hosts_.begin(); }
    std::vector<host>::const_iterator end() const noexcept { return hosts_.end(); }

  private:
    std::size_t& slot_of(host const& host);
    void grow();

    std::vector<host> hosts_;
    std::vector<std::size_t>
        slots_;  // index + 1, 0 is free; open-addressing index into hosts_, so that a million adds stay linear
    std::size_t duplicates_ = 0;
};

/// Expands a list with ranges: `web[1-3,7],db01,root@[::1]:2222`. `[01-10]` keeps its zeros, `[0-10/2]` steps, a name
/// may hold several ranges. Commas or blanks separate the items; the operators `!`, `&`, `^` work from left to right;
/// `-host` and `/regex/` hold for the whole list. Groups, files and wildcards are errors here. Throws
/// host_syntax_error, also for a list that names no hosts and for one that would grow over `limit`.
host_list parse_hosts(std::string_view pattern, std::size_t limit = 1'000'000);

/// The hosts of a file's text: one pattern a line, blank lines and `#` comments skipped. `where` names the file in the
/// error's text, together with the line.
host_list parse_hostfile(std::string_view text, std::string const& where, std::size_t limit = 1'000'000);

/// Labels folded into the usual notation, in order of first appearance with sorted numbers: `web[1-3],db1`. For labels
/// of hosts, parse_hosts makes exactly these hosts of it again.
std::string fold(std::span<std::string const> labels);

}  // namespace muster
