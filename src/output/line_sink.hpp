// SPDX-License-Identifier: MIT
// Live output: every line as it comes, with its host in front.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <muster/sink.hpp>

#include "output/line_splitter.hpp"
#include "output/writer.hpp"

namespace muster::output {

/// How one of the two streams is shown.
struct line_style {
    bool label = true;      ///< the host in front of each line, and a line feed behind the last; else the bytes alone
    bool align = false;     ///< labels padded to one width
    bool colour = false;    ///< labels in the palette's colours
    bool sanitise = false;  ///< control characters spelled out, of overwritten text only the last, as on a terminal
};

/// Writes `host: line` for each line of a host's standard output to one target and of its standard error to another.
/// Lines come whole; the last one gets its line feed when the host sent none. A line of over 64 KiB is cut: its parts
/// end in `[...]`, and those after the first begin with `host+ ` instead of the label, which no line of output can
/// forge. Without `sanitise` the bytes of a line are exact; with neither that nor `label` the whole stream is.
class line_sink final : public sink {
  public:
    struct destination {
        writer::target to;
        line_style style;
    };

    /// `into` must live longer.
    line_sink(writer& into, destination out, destination err) : writer_(into), out_(out), err_(err) {}

    flow tell(event const& what) override;

  private:
    /// What is kept of a host that has printed and has not ended: two incomplete lines.
    struct host_lines {
        host_lines(bool out_overwrites, bool err_overwrites);

        line_splitter out;
        line_splitter err;
    };

    void begin(events::run_started const& run);
    flow show(events::output const& output);
    flow finish(std::size_t index);
    host_lines& lines_of(std::size_t index);
    void append(line_part const& part, std::size_t index, line_style const& style);
    void append_label(std::size_t index, bool first, line_style const& style);

    writer& writer_;
    destination out_;
    destination err_;
    std::span<host_result const> hosts_;
    std::size_t width_ = 0;
    std::vector<std::unique_ptr<host_lines>> lines_;
    std::string block_;  // what one event adds
};

}  // namespace muster::output
