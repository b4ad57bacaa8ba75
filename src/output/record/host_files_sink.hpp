// SPDX-License-Identifier: MIT
// The output of each host in a file of its own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <muster/sink.hpp>

#include "output/json/result_json.hpp"
#include "output/record/host_folder.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// Makes a host's files when its command starts, or when another step prints before, and writes its exact bytes as they
/// come: `HOST` and `HOST.err` in the folder for output, or standard error as `HOST` in a folder of its own.
/// `.results.jsonl` beside them has a line for each host as `--json` would, without output, and a summary.
class host_files_sink final : public sink {
  public:
    /// One of the folders at least. `into` must live longer. Throws write_error.
    host_files_sink(writer& into, std::optional<host_folder> out, std::optional<host_folder> err,
                    part_of_list part = {});

    /// Throws write_error.
    flow tell(event const& event) override;

  private:
    struct host_files {
        writer::target out = nullptr;
        writer::target err = nullptr;
    };

    void open(std::size_t index);
    void finish(events::host_ended const& ended);
    writer::target make(host_folder const& folder, std::string const& name);

    writer& writer_;
    std::optional<host_folder> out_;
    std::optional<host_folder> err_;
    part_of_list part_;
    writer::target results_;
    std::span<host_result const> hosts_;
    std::vector<host_files> files_;
};

}  // namespace muster::output
