// SPDX-License-Identifier: MIT
// Identical output once, under the hosts that gave it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <muster/sink.hpp>

#include "files/nameless_file.hpp"
#include "output/grouped/output_group.hpp"
#include "output/grouped/stream_digest.hpp"
#include "output/terminal/spill_file.hpp"
#include "output/terminal/writer.hpp"
#include "output/words/rule_line.hpp"
#include "output/words/stage_marks.hpp"

namespace muster::output {

/// What is gathered, and in which order it is shown.
struct gather_terms {
    bool errors = false;                            ///< standard error, too
    bool host_order = false;                        ///< else the largest group first
    bool only_failed = false;                       ///< nothing of hosts that end `ok`
    std::uint64_t limit = std::uint64_t{16} << 20;  ///< bytes kept of each stream of a host
};

/// Shows output at the end of the run, also of one that is stopped: each distinct output once under its folded set of
/// hosts and their share, the largest group first, the others marked. Output is compared by all of its bytes, also
/// those over the limit. A host takes at most 64 KiB of memory for each stream; what is more is in a temporary file.
class gather_sink final : public sink {
  public:
    /// `into` must live longer. `directory` is for the temporary file.
    gather_sink(writer& into, writer::target to, gather_terms terms, group_style style,
                std::string directory = files::temporary_folder())
        : writer_(into),
          to_(to),
          terms_(terms),
          style_(style),
          file_(std::make_shared<spill_file>(std::move(directory))) {}

    flow tell(event const& event) override;

  private:
    struct host_output {
        host_output(std::shared_ptr<spill_file> const& file, std::uint64_t limit, digest_key const& key)
            : kept(std::make_shared<output_group>(file, limit)), out(key), err(key) {}

        std::shared_ptr<output_group> kept;
        stream_digest out, err;
        stage_marks out_marks, err_marks;
        rule_line::place out_place, err_place;
    };
    using group_pointer = std::shared_ptr<output_group const>;
    using usual_pointer = std::shared_ptr<usual_group>;
    using group_list = std::vector<group_pointer>;

    void begin(events::run_started const& run);
    void gather(events::output const& output);
    void file_under(events::host_ended const& ended);
    void show();
    void order(group_list& groups) const;
    void show_plainly(group_list groups);
    void show_group(group_pointer const& group, usual_pointer const& usual, std::string const& rule);
    std::string hosts_of(output_group const& group) const;
    host_output& output_of(std::size_t index);

    writer& writer_;
    writer::target to_;
    gather_terms terms_;
    group_style style_;
    std::shared_ptr<spill_file> file_;
    digest_key key_;
    std::span<host_result const> hosts_;
    std::vector<std::unique_ptr<host_output>> running_;
    output_groups groups_;
    rule_line rule_;
};

}  // namespace muster::output
