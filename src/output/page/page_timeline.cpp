// SPDX-License-Identifier: MIT
// Draws rectangles; their classes have the colours, which are part of the page's style.
#include "output/page/page_timeline.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "output/page/html_text.hpp"

namespace muster::output {

namespace {

using nanoseconds = std::chrono::nanoseconds;

struct kind {
    char name;
    std::string_view meaning;
};

constexpr kind kinds[] = {{'n', "name"},   {'c', "connect"}, {'h', "handshake"}, {'a', "auth"},
                          {'b', "before"}, {'r', "command"}, {'k', "check"},     {'s', "stop"}};

constexpr kind kinds_of_bands[] = {{'d', "batch"}, {'e', "the next"}, {'w', "pause, gate"}};

char kind_of(stage stage) {
    switch (stage) {
        case stage::resolve:
            return 'n';
        case stage::connect:
        case stage::banner:
            return 'c';
        case stage::handshake:
        case stage::host_key:
            return 'h';
        case stage::auth:
            return 'a';
        case stage::before:
        case stage::sudo:
        case stage::push:
            return 'b';
        case stage::check:
        case stage::pull:
        case stage::always:
        case stage::after:
            return 'k';
        default:
            return 'r';
    }
}

class drawing {
  public:
    explicit drawing(nanoseconds whole_run)
        : scale_(timeline_width / std::max(1.0, static_cast<double>(whole_run.count()))),
          text_(fmt::format("<svg width=\"{}\" height=\"12\" role=\"img\">", timeline_width)) {}

    void add(char kind, nanoseconds from, nanoseconds to, std::string_view title = {}) {
        if (to <= from) return;
        auto const x = std::clamp(at(from), 0.0, timeline_width - least);
        text_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"1\" width=\"{:.1f}\" height=\"10\"", kind, x,
                             std::clamp(at(to) - x, least, timeline_width - x));
        text_ += title.empty() ? "/>" : "><title>" + html(title) + "</title></rect>";
    }

    std::string finish() { return std::move(text_) + "</svg>"; }

  private:
    static constexpr double least = 0.8;  // what an eye can see

    double at(nanoseconds time) const { return static_cast<double>(time.count()) * scale_; }

    double scale_;
    std::string text_;
};

/// For a host without times of its stages.
void draw_two_parts(drawing& on, host_times const& times) {
    on.add('c', *times.started, times.sent.value_or(*times.ended));
    if (times.sent) on.add('r', *times.sent, *times.ended);
}

/// Pauses between tries, which belong to no stage, stand before the last of them.
void draw_stages(drawing& on, host_result const& host, host_times const& times) {
    nanoseconds all{};
    for (auto const& each : host.stages) all += each.duration;
    auto from = *times.started;
    if (host.attempts > 1) from = std::max(from, *times.ended - all);
    on.add('c', *times.started, from);
    for (auto const& each : host.stages) {
        on.add(kind_of(each.stage), from, from + each.duration);
        from += each.duration;
    }
}

}  // namespace

std::string timeline_legend(bool has_bands) {
    std::string text = "<p class=\"legend\">";
    auto const add = [&](kind const& each) {
        text += fmt::format("<svg width=\"10\" height=\"10\"><rect class=\"{}\" width=\"10\" height=\"10\"/></svg> {} ",
                            each.name, each.meaning);
    };
    for (auto const& each : kinds) add(each);
    if (has_bands)
        for (auto const& each : kinds_of_bands) add(each);
    return text + "</p>\n";
}

std::string timeline_bar(host_result const& host, host_times const& times, nanoseconds whole_run) {
    drawing on(whole_run);
    if (!times.started || !times.ended) return on.finish();
    host.stages.empty() ? draw_two_parts(on, times) : draw_stages(on, host, times);
    if (times.told_to_end && host.state == final_state::stopped)
        on.add('s', std::max(*times.told_to_end, *times.started), *times.ended);
    return on.finish();
}

std::string timeline_bands(std::vector<page_band> const& bands, nanoseconds whole_run) {
    drawing on(whole_run);
    bool even = false;
    for (auto const& each : bands) {
        on.add(each.waits ? 'w' : even ? 'd' : 'e', each.from, std::min(each.to, whole_run), each.label);
        if (!each.waits) even = !even;
    }
    return on.finish();
}

}  // namespace muster::output
