// SPDX-License-Identifier: MIT
// JSON Lines: one object a host at its end, and a summary.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <muster/sink.hpp>

#include "files/nameless_file.hpp"
#include "output/grouped/gathered.hpp"
#include "output/json/result_json.hpp"
#include "output/terminal/spill_file.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// The interface of `--json`, version 1: keys, their order and their types are stable. Output is exact: text in
/// `stdout` and `stderr`, or, when a stream is not UTF-8, base64 in `stdout_b64` and `stderr_b64` instead. At most
/// 64 KiB of a stream are in memory, the rest is in a temporary file until its object is written.
class json_sink final : public sink {
  public:
    /// `into` must live longer. `directory` is for the temporary file.
    json_sink(writer& into, writer::target to, std::string directory = files::temporary_folder(),
              part_of_list part = {})
        : writer_(into), to_(to), part_(std::move(part)), file_(std::make_shared<spill_file>(std::move(directory))) {}

    flow tell(event const& event) override;

  private:
    struct host_output {
        explicit host_output(std::shared_ptr<spill_file> const& file) : out(file), err(file) {}

        gathered out;
        gathered err;
    };

    void gather(events::output const& output);
    void write_result(events::host_ended const& ended);
    void append_stream(gathered* stream, std::string const& name);
    void write_summary(report const& results);

    writer& writer_;
    writer::target to_;
    part_of_list part_;
    std::shared_ptr<spill_file> file_;
    std::vector<std::unique_ptr<host_output>> outputs_;
    std::string block_;  // what is not given to the writer yet
};

}  // namespace muster::output
