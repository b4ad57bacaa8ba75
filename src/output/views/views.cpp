// SPDX-License-Identifier: MIT
// The public face of the sinks, the sanitiser and the line splitter.
#include <muster/views.hpp>

#include <unistd.h>

#include <limits>
#include <map>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "output/record/json_sink.hpp"
#include "output/terminal/line_splitter.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/writer.hpp"
#include "output/views/line_sink.hpp"
#include "output/views/summary_sink.hpp"
#include "output/views/tee_sink.hpp"

namespace muster {

std::string sanitised(std::string_view bytes) {
    return sanitised(bytes, std::numeric_limits<std::size_t>::max());
}

std::string sanitised(std::string_view bytes, std::size_t limit) {
    return output::sanitised(bytes, limit);
}

// ---- line_splitter

struct line_splitter::state {
    explicit state(std::size_t limit) : lines(limit) {}
    output::line_splitter lines;
};

line_splitter::line_splitter(std::size_t limit) : state_(std::make_unique<state>(limit)) {}
line_splitter::~line_splitter() = default;
line_splitter::line_splitter(line_splitter&&) noexcept = default;
line_splitter& line_splitter::operator=(line_splitter&&) noexcept = default;

void line_splitter::feed(std::string_view bytes, emit const& told) {
    state_->lines.feed(bytes,
                       [&](output::line_part const& part) { told(part.text, part.end != output::line_end::cut); });
}

void line_splitter::finish(emit const& told) {
    state_->lines.finish([&](output::line_part const& part) { told(part.text, true); });
}

// ---- views

line_format line_format::of(int descriptor) {
    line_format format;
    format.align = format.colour = format.sanitise = ::isatty(descriptor) == 1;
    return format;
}

struct views::state {
    output::writer::target target(int descriptor) {
        auto const [found, added] = targets.try_emplace(descriptor, nullptr);
        if (added) found->second = writer.add(descriptor, "descriptor " + std::to_string(descriptor));
        return found->second;
    }

    output::writer writer;
    std::map<int, output::writer::target> targets;
    void add(std::unique_ptr<sink> view) {
        if (in_use) throw std::logic_error("a view is added before the run, which has begun");
        all.add(*view);
        sinks.push_back(std::move(view));
    }

    std::vector<std::unique_ptr<sink>> sinks;
    output::tee_sink all = output::tee_sink({});
    bool in_use = false;
};

namespace {

output::line_style style_of(line_format const& format) {
    output::line_style style;
    style.label = format.label;
    style.align = format.align;
    style.colour = format.colour;
    style.text = format.sanitise ? output::controls::dropped : output::controls::exact;
    return style;
}

output::verbosity verbosity_of(detail_level level) {
    switch (level) {
        case detail_level::quiet:
            return output::verbosity::quiet;
        case detail_level::normal:
            return output::verbosity::normal;
        case detail_level::verbose:
            return output::verbosity::verbose;
    }
    return output::verbosity::normal;
}

}  // namespace

views::views() : state_(std::make_unique<state>()) {}
views::~views() = default;

views& views::lines(int out, int err) {
    return lines(out, line_format::of(out), err, line_format::of(err));
}

views& views::lines(int out, line_format out_format, int err, line_format err_format) {
    using output::line_destination;
    line_destination const to_out{state_->target(out), style_of(out_format), out_format.align ? out : -1};
    line_destination const to_err{state_->target(err), style_of(err_format), err_format.align ? err : -1};
    state_->add(std::make_unique<output::line_sink>(state_->writer, to_out, to_err));
    return *this;
}

views& views::json(int out) {
    state_->add(std::make_unique<output::json_sink>(state_->writer, state_->target(out)));
    return *this;
}

views& views::summary(int err, detail_level how_much) {
    auto const to = state_->target(err);
    output::summary_extent const extent{verbosity_of(how_much), 0};
    state_->add(std::make_unique<output::summary_sink>(state_->writer, to, to, extent));
    return *this;
}

flow views::tell(event const& event) {
    bool const begins = std::holds_alternative<events::run_started>(event);
    if (begins && std::exchange(state_->in_use, true)) throw std::logic_error("views are for one run");
    return state_->all.tell(event);
}

void views::close() {
    state_->writer.close();
}

}  // namespace muster
