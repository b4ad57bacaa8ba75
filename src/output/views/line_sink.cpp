// SPDX-License-Identifier: MIT
// Cuts each stream into lines and labels them.
#include "output/views/line_sink.hpp"

#include <utility>
#include <variant>

#include "output/terminal/palette.hpp"
#include "output/terminal/terminal.hpp"

namespace muster::output {

namespace {

constexpr auto between_looks = std::chrono::milliseconds(200);  // at the terminal's width

}  // namespace

line_sink::host_lines::host_lines(line_style const& out_style, line_style const& err_style)
    : out(out_style.longest(), out_style.text != controls::exact),
      err(err_style.longest(), err_style.text != controls::exact) {}

flow line_sink::tell(event const& event) {
    if (auto const* output = std::get_if<events::output>(&event)) return show(*output);
    if (auto const* ended = std::get_if<events::host_ended>(&event)) return finish(ended->index);
    if (auto const* run = std::get_if<events::run_started>(&event)) begin(*run);
    return flow::go_on;
}

void line_sink::begin(events::run_started const& run) {
    labels_.begin(run.hosts, ellipsis(locale_is_utf8()), out_.style.user);
    fitted_ = {};
    lines_.clear();
    writer_.on_room(run.resume);
}

flow line_sink::show(events::output const& output) {
    auto const& where = destination(output.from);
    if (where.to == nullptr) return flow::go_on;
    fit_labels();
    auto& lines = lines_of(output.index);
    auto const label = label_of(output.index, where.style);
    block_.clear();
    auto& marks = output.from == stream::out ? lines.out_marks : lines.err_marks;
    auto const bytes = where.style.label ? marks.mark(output.stage, output.bytes) : output.bytes;
    (output.from == stream::out ? lines.out : lines.err).feed(bytes, [&](line_part const& part) {
        append_labelled(block_, part, label, where.style);
    });
    writer_.write(where.to, block_);
    return writer_.answer();
}

flow line_sink::finish(std::size_t index) {
    auto node = lines_.extract(index);
    if (node.empty()) return flow::go_on;
    auto& ended = node.mapped();
    auto const end = [&](line_splitter& splitter, line_destination const& where) {
        if (where.to == nullptr) return;
        block_.clear();
        splitter.finish(
            [&](line_part const& part) { append_labelled(block_, part, label_of(index, where.style), where.style); });
        writer_.write(where.to, block_);
    };
    end(ended.out, out_);
    end(ended.err, err_);
    return writer_.answer();
}

line_label line_sink::label_of(std::size_t index, line_style const& style) const {
    if (!style.align) return {labels_.full(index), 0, ink_of(index)};
    return {labels_.fitted(index), labels_.padding(index), ink_of(index)};
}

line_sink::host_lines& line_sink::lines_of(std::size_t index) {
    return lines_.try_emplace(index, out_.style, err_.style).first->second;
}

/// The window may have changed its size: no signal is needed to see that.
void line_sink::fit_labels() {
    auto const terminal = out_.terminal >= 0 ? out_.terminal : err_.terminal;
    if (terminal < 0) return;
    auto const now = steady::now();
    if (now - fitted_ < between_looks) return;
    fitted_ = now;
    labels_.fit(size_of_terminal(terminal).columns);
}

}  // namespace muster::output
