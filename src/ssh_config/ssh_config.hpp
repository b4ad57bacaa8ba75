// SPDX-License-Identifier: MIT
// ssh_config(5): files and -o options read once, then asked for one host after the other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <muster/endpoint.hpp>

#include "ssh_config/config_file.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/local_answers.hpp"
#include "ssh_config/match_line.hpp"
#include "ssh_config/ssh_option.hpp"
#include "ssh_config/tokens.hpp"

namespace muster::ssh_config {

/// One keyword with its words, and where it stands: "file:line", or the -o option.
struct ssh_setting {
    ssh_option option;
    std::vector<std::string> words;
    std::string where;
};

/// For whom the configuration is asked. What stands outside the configuration goes before it.
struct host_query {
    std::string_view host;                 ///< as the user wrote it
    std::string_view user;                 ///< empty: not given
    std::optional<std::uint16_t> port;     ///< nothing: not given
    std::optional<address_family> family;  ///< likewise
    std::string_view command;              ///< what the host shall run; empty: nothing
    bool is_jump = false;                  ///< a connection that only leads to others, as `ssh -W` makes it
};

/// What the configuration says for one host. Points into the ssh_config it came from.
struct host_settings {
    std::array<ssh_setting const*, ssh_option_count> first{};  ///< the values that hold; read it with `of`
    std::vector<ssh_setting const*> identity_files;            ///< all that apply, in order, each path once
    std::vector<ssh_setting const*> send_env;                  ///< likewise
    std::vector<ssh_setting const*> certificate_files;         ///< likewise
    std::string host_name;                                     ///< HostName, or the host itself; names in lower case
    std::string error;     ///< not empty: why the configuration can't be applied to this host
    bool complete = true;  ///< false: the machine must be asked first, see local_answers::ask; nothing here counts

    ssh_setting const* of(ssh_option option) const { return first[static_cast<std::size_t>(option)]; }
};

/// Where relative paths of Include begin, and what `~` means in them.
enum class config_origin { user, system };

/// The sources in order of precedence: what is read first wins. Every line is checked when it is read, whether its
/// block applies to a host or not. Reading throws config_error.
class ssh_config {
  public:
    ssh_config(local_account const& local, config_files const& files = files_on_disk())
        : local_(&local), files_(&files) {}

    /// "Keyword=value" or "Keyword value", as behind -o.
    void read_option(std::string const& text);

    /// Returns false when there is no such file.
    bool read_file(std::string const& path, config_origin origin, trust who);

    /// The names of Host lines without wildcards, in order, each once.
    std::vector<std::string> aliases() const;

    /// Some look-up may leave questions open.
    bool asks_machine() const { return asks_machine_; }

    /// Asks `answers` for what only this machine knows. The result is complete, or has left questions open there.
    host_settings look_up(host_query const& query, local_answers& answers) const;

  private:
    struct always {};
    using host_patterns = std::vector<std::string>;
    struct match_line {
        std::vector<criterion> criteria;
        std::string where;
    };
    /// Settings under one condition. `parent` is the block that holds the Include of its file, or, for what follows an
    /// Include, the block that was interrupted by it: blocks apply only where their parents do.
    struct block {
        std::size_t parent;
        std::variant<always, host_patterns, match_line> condition;
        std::vector<ssh_setting> settings;
        bool has_settings_below = false;  ///< some block whose parent this is, or whose parent's parent, has settings
    };
    struct source {
        std::string path;
        config_origin origin;
        std::size_t parent;
        unsigned depth;
    };
    struct pass;

    void open_block(std::size_t parent, std::variant<always, host_patterns, match_line> condition);
    void read_text(std::string_view text, source const& from);
    void read_line(std::string_view line, source const& from, std::string const& where);
    void read_include(std::vector<std::string> const& patterns, source const& from, std::string const& where);
    std::string include_path(std::string const& pattern, source const& from) const;
    void read_host_include(std::string const& pattern, std::string const& where);
    match_line read_match(std::string_view rest, std::string const& where);
    void add_setting(ssh_setting setting);
    std::vector<std::size_t> candidates(std::string_view host) const;
    bool matches(block const& block, pass& pass) const;
    bool matches(block const& block, match_line const& line, pass& pass) const;
    bool holds(criterion const& criterion, pass const& pass) const;
    bool succeeds(criterion const& criterion, std::string const& where, pass& pass) const;
    std::string exec_command(criterion const& criterion, pass const& pass) const;
    void apply(block const& block, host_settings& out) const;
    void run(pass& pass) const;
    void name_host(pass& pass) const;

    local_account const* local_;
    config_files const* files_;
    std::vector<block> blocks_;
    std::vector<std::size_t> general_;                                   // blocks that any host may match
    std::unordered_map<std::string, std::vector<std::size_t>> by_name_;  // the others, by the names they are for
    std::vector<std::string> ignored_;                                   // the patterns of IgnoreUnknown so far
    bool final_pass_ = false;                                            // some Match asks for `final`
    bool asks_machine_ = false;
};

}  // namespace muster::ssh_config
