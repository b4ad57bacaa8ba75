// SPDX-License-Identifier: MIT
// Holds the output of hosts until it is their turn, and has the writer's thread label it.
#include "output/views/held_line_sink.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace muster::output {

namespace {

/// Bytes of each stream in memory, of a host that has ended before its turn.
constexpr std::size_t kept_of_ended = 512;

/// Labels a held stream piece by piece, on the writer's thread: what it needs of the label is its own.
class held_lines {
  public:
    held_lines(std::shared_ptr<gathered const> stream, line_label const& label, line_style const& style)
        : stream_(std::move(stream)),
          name_(label.text),
          label_(label),
          style_(style),
          lines_(style.longest(), style.text != controls::exact) {
        label_.text = name_;
    }
    held_lines(held_lines const&) = delete;
    held_lines& operator=(held_lines const&) = delete;

    std::string_view next() {
        text_.clear();
        while (text_.empty() && !over_) {
            over_ = !stream_->read(position_++, piece_);
            auto const append = [this](line_part const& part) { append_labelled(text_, part, label_, style_); };
            if (!over_) {
                lines_.feed(piece_, append);
            } else {
                lines_.finish(append);
                if (stream_->dropped() > 0) append({dropped_note(), true, line_end::line_feed});
            }
        }
        return text_;
    }

  private:
    std::string_view dropped_note() {
        note_ = fmt::format("[... {} more bytes were not kept; --outdir keeps all]", stream_->dropped());
        return note_;
    }

    std::shared_ptr<gathered const> stream_;
    std::string name_;
    line_label label_;
    line_style style_;
    line_splitter lines_;
    std::size_t position_ = 0;
    bool over_ = false;
    std::string piece_, text_, note_;
};

}  // namespace

flow held_line_sink::tell(event const& event) {
    if (auto const* output = std::get_if<events::output>(&event)) {
        if (is_live(output->index)) return lines_.tell(event);
        hold(*output);
    } else if (auto const* ended = std::get_if<events::host_ended>(&event)) {
        lines_.tell(event);
        finish(*ended);
    } else if (auto const* started = std::get_if<events::host_started>(&event)) {
        if (started->again) forget(started->index);
    } else if (auto const* run = std::get_if<events::run_started>(&event)) {
        lines_.tell(event);
        next_ = 0;
        held_.assign(run->hosts.size(), nullptr);
        ends_.assign(run->hosts.size(), end::none);
    }
    return writer_.answer();
}

bool held_line_sink::is_live(std::size_t index) const {
    return terms_.host_order && !terms_.only_failed && index == next_ && !held_[index];
}

void held_line_sink::hold(events::output const& output) {
    auto const& where = lines_.destination(output.from);
    if (where.to == nullptr) return;
    auto& host = held_[output.index];
    if (!host) host = std::make_shared<host_output>(file_, terms_.limit);
    auto& marks = output.from == stream::out ? host->out_marks : host->err_marks;
    auto const bytes = where.style.label ? marks.mark(output.stage, output.bytes) : output.bytes;
    (output.from == stream::out ? host->out : host->err).append(bytes, writer_, where.to);
}

/// It runs once more; what was shown of it stays.
void held_line_sink::forget(std::size_t index) {
    held_[index].reset();
    if (index >= next_) ends_[index] = end::none;
}

void held_line_sink::finish(events::host_ended const& ended) {
    ends_[ended.index] = ended.result.state == final_state::ok ? end::good : end::bad;
    bool const is_late = ended.index < next_;  // it runs once more
    terms_.host_order && !is_late ? advance() : release(ended.index);
    if (auto const& waits = held_[ended.index]) {
        for (auto const from : {stream::out, stream::err})
            if (auto const& where = lines_.destination(from); where.to != nullptr)
                (from == stream::out ? waits->out : waits->err).finish(kept_of_ended, writer_, where.to);
    }
}

void held_line_sink::advance() {
    for (; next_ < ends_.size() && ends_[next_] != end::none; ++next_) release(next_);
}

void held_line_sink::release(std::size_t index) {
    auto const host = std::exchange(held_[index], nullptr);
    if (!host || (terms_.only_failed && ends_[index] == end::good)) return;
    show(host, index, stream::out);
    show(host, index, stream::err);
}

void held_line_sink::show(std::shared_ptr<host_output> const& host, std::size_t index, stream from) {
    auto const& stream = from == stream::out ? host->out : host->err;
    if (stream.empty()) return;
    auto const& where = lines_.destination(from);
    std::shared_ptr<gathered const> const kept(host, &stream);
    auto lines = std::make_shared<held_lines>(kept, lines_.label_of(index, where.style), where.style);
    writer_.write(where.to, pieces_of(std::move(lines)), spill_file::slot_size);
}

}  // namespace muster::output
