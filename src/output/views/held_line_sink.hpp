// SPDX-License-Identifier: MIT
// Lines of one host after the other, or only of those that failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <muster/sink.hpp>

#include "files/nameless_file.hpp"
#include "output/grouped/gathered.hpp"
#include "output/terminal/spill_file.hpp"
#include "output/terminal/writer.hpp"
#include "output/views/line_sink.hpp"
#include "output/words/stage_marks.hpp"

namespace muster::output {

/// When a host's lines are shown.
struct holding_terms {
    bool host_order = false;                        ///< when all hosts before it have ended
    bool only_failed = false;                       ///< when it has ended, and not `ok`
    std::uint64_t limit = std::uint64_t{16} << 20;  ///< bytes kept of each stream of a host; what is more is counted
};

/// Shows what line_sink shows, each host's in one piece. Of a host that runs at most 64 KiB of a stream are in memory,
/// of one that has ended and waits for its turn next to nothing; the rest is in a temporary file. The host whose turn
/// it is when it begins to print is shown as it prints.
class held_line_sink final : public sink {
  public:
    /// `into` must live longer.
    held_line_sink(writer& into, line_destination out, line_destination err, holding_terms terms,
                   std::string directory = files::temporary_folder())
        : writer_(into),
          lines_(into, out, err),
          terms_(terms),
          file_(std::make_shared<spill_file>(std::move(directory))) {}

    flow tell(event const& event) override;

  private:
    struct host_output {
        explicit host_output(std::shared_ptr<spill_file> const& file, std::uint64_t limit)
            : out(file, limit), err(file, limit) {}

        gathered out;
        gathered err;
        stage_marks out_marks, err_marks;
    };

    enum class end : unsigned char { none, good, bad };

    bool is_live(std::size_t index) const;
    void hold(events::output const& output);
    void forget(std::size_t index);
    void finish(events::host_ended const& ended);
    void advance();
    void release(std::size_t index);
    void show(std::shared_ptr<host_output> const& host, std::size_t index, stream from);

    writer& writer_;
    line_sink lines_;
    holding_terms terms_;
    std::shared_ptr<spill_file> file_;
    std::size_t next_ = 0;  // the host whose turn it is
    std::vector<std::shared_ptr<host_output>> held_;
    std::vector<end> ends_;
};

}  // namespace muster::output
