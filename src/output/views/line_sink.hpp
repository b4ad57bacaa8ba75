// SPDX-License-Identifier: MIT
// Live output: every line as it comes, with its host in front.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <muster/sink.hpp>

#include "output/terminal/line_splitter.hpp"
#include "output/terminal/writer.hpp"
#include "output/words/host_labels.hpp"
#include "output/words/labelled_line.hpp"
#include "output/words/stage_marks.hpp"

namespace muster::output {

/// Where one of the two streams goes, and how.
struct line_destination {
    writer::target to = nullptr;  ///< null: it is not shown
    line_style style = {};
    int terminal = -1;  ///< whose width counts for labels; -1: none
};

/// Writes `host: line` for each line of a host's standard output to one target and of its standard error to another.
/// Lines come whole; the last one gets its line feed when the host sent none. A line of over line_style::longest bytes
/// is cut. Where the style is exact the bytes of a line are; without `label`, too, the whole stream is.
class line_sink final : public sink {
  public:
    /// `into` must live longer.
    line_sink(writer& into, line_destination out, line_destination err) : writer_(into), out_(out), err_(err) {}

    flow tell(event const& event) override;

    /// In front of the host's lines there.
    line_label label_of(std::size_t index, line_style const& style) const;
    line_destination const& destination(stream from) const { return from == stream::out ? out_ : err_; }

  private:
    using steady = std::chrono::steady_clock;

    /// What is kept of a host that has printed and has not ended: two incomplete lines.
    struct host_lines {
        host_lines(line_style const& out_style, line_style const& err_style);

        line_splitter out;
        line_splitter err;
        stage_marks out_marks, err_marks;
    };

    void begin(events::run_started const& run);
    flow show(events::output const& output);
    flow finish(std::size_t index);
    host_lines& lines_of(std::size_t index);
    void fit_labels();

    writer& writer_;
    line_destination out_;
    line_destination err_;
    host_labels labels_;
    steady::time_point fitted_{};
    std::unordered_map<std::size_t, host_lines> lines_;
    std::string block_;  // what one event adds
};

}  // namespace muster::output
