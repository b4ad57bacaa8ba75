// SPDX-License-Identifier: MIT
// Live output: every line as it comes, with its host in front.
#include "output/line_sink.hpp"

#include <algorithm>

#include "output/palette.hpp"
#include "output/sanitise.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_line = std::size_t{64} << 10;
constexpr std::size_t widest_label = 32;  // longer ones stick out
constexpr std::string_view cut_mark = "[...]";

/// What a terminal would show of a line in the end: the text behind the last carriage return that does not end it.
std::string_view overwritten(std::string_view line) noexcept {
    while (line.ends_with('\r')) line.remove_suffix(1);
    auto const back = line.rfind('\r');
    return back == std::string_view::npos ? line : line.substr(back + 1);
}

}  // namespace

line_sink::host_lines::host_lines(bool out_overwrites, bool err_overwrites)
    : out(longest_line, out_overwrites), err(longest_line, err_overwrites) {}

flow line_sink::tell(event const& what) {
    if (auto const* output = std::get_if<events::output>(&what)) return show(*output);
    if (auto const* ended = std::get_if<events::host_ended>(&what)) return finish(ended->index);
    if (auto const* run = std::get_if<events::run_started>(&what)) begin(*run);
    return flow::go_on;
}

void line_sink::begin(events::run_started const& run) {
    hosts_ = run.hosts;
    width_ = 0;
    for (auto const& one : hosts_) width_ = std::max(width_, std::min(one.host.size(), widest_label));
    lines_.clear();
    lines_.resize(hosts_.size());
    writer_.on_room(run.resume);
}

flow line_sink::show(events::output const& output) {
    bool const is_out = output.from == stream::out;
    auto const& where = is_out ? out_ : err_;
    auto& lines = lines_of(output.index);
    block_.clear();
    (is_out ? lines.out : lines.err).feed(output.bytes, [&](line_part const& part) {
        append(part, output.index, where.style);
    });
    writer_.write(where.to, block_);
    return writer_.answer();
}

flow line_sink::finish(std::size_t index) {
    if (!lines_[index]) return flow::go_on;
    auto const end = [&](line_splitter& splitter, destination const& where) {
        block_.clear();
        splitter.finish([&](line_part const& part) { append(part, index, where.style); });
        writer_.write(where.to, block_);
    };
    auto const ended = std::move(lines_[index]);
    end(ended->out, out_);
    end(ended->err, err_);
    return writer_.answer();
}

line_sink::host_lines& line_sink::lines_of(std::size_t index) {
    auto& lines = lines_[index];
    if (!lines) lines = std::make_unique<host_lines>(out_.style.sanitise, err_.style.sanitise);
    return *lines;
}

void line_sink::append(line_part const& part, std::size_t index, line_style const& style) {
    if (style.label) append_label(index, part.first, style);
    if (style.sanitise) {
        append_sanitised(block_, overwritten(part.text));
    } else {
        block_ += part.text;
    }
    if (style.label && part.end == line_end::cut) block_ += cut_mark;
    if (style.label || part.end == line_end::line_feed) block_ += '\n';
}

void line_sink::append_label(std::size_t index, bool first, line_style const& style) {
    auto const& label = hosts_[index].host;
    if (style.colour) block_ += ink_of(index);
    if (style.sanitise) {
        append_sanitised(block_, label);
    } else {
        block_ += label;
    }
    block_ += first ? ':' : '+';
    if (style.colour) block_ += plain_ink;
    if (style.align && label.size() < width_) block_.append(width_ - label.size(), ' ');
    block_ += ' ';
}

}  // namespace muster::output
