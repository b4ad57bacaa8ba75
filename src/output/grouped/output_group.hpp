// SPDX-License-Identifier: MIT
// Hosts with the same output, and how such a group is written.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "output/grouped/gathered.hpp"
#include "output/grouped/line_diff.hpp"
#include "output/terminal/terminal_text.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// Equal output of some hosts. Constant once they have ended.
struct output_group {
    output_group(std::shared_ptr<spill_file> const& file, std::uint64_t limit) : out(file, limit), err(file, limit) {}

    bool silent() const noexcept { return out.empty() && err.empty(); }

    gathered out;
    gathered err;  ///< empty unless standard error is gathered, too
    std::vector<std::size_t> hosts;
};

/// Groups by the digests of their output.
using output_groups = std::unordered_map<std::string, std::shared_ptr<output_group>>;

/// Takes the host out of its group: it runs once more.
void remove_host(output_groups& groups, std::size_t host);

/// How groups are shown.
struct group_style {
    bool heading = true;    ///< the hosts above the text
    bool share = true;      ///< behind the hosts which share of all they are; else as clush shows groups
    bool count = true;      ///< how many they are
    bool diff = false;      ///< of all groups but the first only what differs from it
    bool terminal = false;  ///< indented below its heading, and made harmless
    bool colour = false;
    controls text = controls::exact;
};

/// What stands above a group.
struct group_heading {
    std::string hosts;  ///< folded, and their share
    std::string note;   ///< "differs", "no output"; empty: nothing
    bool odd = false;   ///< not as most hosts
};

/// The heading's lines. `rule` is a line that no output has.
std::string heading_text(group_heading const& heading, std::string const& rule, group_style const& style);

/// The heading of a diff where nothing but differences is shown.
std::string diff_heading(std::string const& usual, std::string const& group);

/// Whether two groups, which differ, are shown as the same text; false where that is too much to look at.
bool look_alike(std::shared_ptr<output_group const> const& one, std::shared_ptr<output_group const> const& other,
                group_style const& style);

/// Yields the group's text, on the thread of the writer: exact but for the last line's end; on a terminal harmless.
writer::source text_source(std::shared_ptr<output_group const> group, group_style const& style);

/// The group that others are compared with.
class usual_group {
  public:
    /// With `marks` lines of standard error are told from others.
    usual_group(std::shared_ptr<output_group const> group, bool marks) : group_(std::move(group)), marks_(marks) {}

    std::shared_ptr<output_group const> const& group() const noexcept { return group_; }

    /// As diff_base::diff(); nothing for much output, too. Its own text is read for the first of the others, and kept.
    /// For the thread of the writer. Throws write_error.
    std::optional<std::string> diff(output_group const& other);

  private:
    std::shared_ptr<output_group const> group_;
    bool marks_;
    std::optional<diff_base> text_;
};

/// Yields what differs in `group` from `usual`; the group's whole text where that can't be said in few lines.
writer::source diff_source(std::shared_ptr<usual_group> usual, std::shared_ptr<output_group const> group,
                           group_style const& style);

}  // namespace muster::output
