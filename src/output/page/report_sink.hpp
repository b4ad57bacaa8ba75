// SPDX-License-Identifier: MIT
// Makes a page of a run.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <muster/sink.hpp>

#include "files/replaced_file.hpp"
#include "output/grouped/output_group.hpp"
#include "output/grouped/stream_digest.hpp"
#include "output/page/report_page.hpp"
#include "output/page/run_bands.hpp"
#include "output/terminal/spill_file.hpp"
#include "output/terminal/writer.hpp"
#include "output/words/rerun.hpp"
#include "output/words/stage_marks.hpp"

namespace muster::output {

/// What the page says of the run that no event tells.
struct report_terms {
    std::string path;
    std::string command;
    rerun again = {};
    std::uint64_t limit = std::uint64_t{64} << 10;  ///< bytes of each stream of a host in the page
    std::optional<page_contents> recorded = {};     ///< of a run that is over: its times; events have none of their own
};

/// Follows a run and writes the page at its end, also of one that is stopped.
class report_sink final : public sink {
  public:
    /// Makes the file at once, beside its place, to know that it can be written. `into` must live longer. Throws
    /// write_error.
    report_sink(writer& into, report_terms terms);
    /// A page that is not written by then is dropped.
    ~report_sink() override;
    report_sink(report_sink const&) = delete;
    report_sink& operator=(report_sink const&) = delete;

    flow tell(event const& event) override;

  private:
    using steady = std::chrono::steady_clock;

    struct host_output {
        host_output(std::shared_ptr<spill_file> const& file, std::uint64_t limit, digest_key const& key)
            : kept(std::make_shared<output_group>(file, limit)), out(key), err(key) {}

        std::shared_ptr<output_group> kept;
        stream_digest out, err;
        stage_marks out_marks, err_marks;
    };

    std::unique_ptr<host_output> new_output() const;
    void begin(events::run_started const& run);
    void take(events::output const& output);
    void note_times(event const& event);
    void end(events::host_ended const& ended);
    void write(report const& results);
    std::chrono::nanoseconds elapsed() const { return steady::now() - begun_; }

    writer& writer_;
    report_terms terms_;
    std::shared_ptr<files::replaced_file> page_;
    int descriptor_;
    writer::target to_;
    std::shared_ptr<spill_file> file_;
    digest_key key_;
    steady::time_point begun_{};
    std::optional<std::chrono::nanoseconds> told_to_end_;  // since when commands are stopped
    page_contents contents_;
    run_bands bands_;
    std::vector<std::unique_ptr<host_output>> running_;
    std::vector<bool> sent_;  // the command; in a recorded run where its output is known
    output_groups groups_;
};

}  // namespace muster::output
