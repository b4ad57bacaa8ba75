// SPDX-License-Identifier: MIT
// Makes the lines of the block out of a run's state.
#include "output/screen/screen_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

#include <muster/host.hpp>

#include "output/screen/last_line.hpp"
#include "output/terminal/text_width.hpp"
#include "output/words/distinct_names.hpp"
#include "output/words/shortened_set.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
using namespace ink;

constexpr std::size_t most_causes = 5;
constexpr std::size_t widest_name = 24;
constexpr std::size_t most_folded = 200;  // hosts of a cause

// ---- a cell a host

/// Hosts that have not ended well have a line of their own.
std::size_t rows_of_cells(screen_state const& run, std::size_t across) {
    auto const bad = run.done() - run.ok;
    auto const others = run.hosts.size() - bad;
    return bad + (others + across - 1) / across + 1;
}

/// Of all hosts, which are few.
std::vector<std::string> names_in(drawing const& draw, std::size_t columns) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < draw.run.hosts.size(); ++i) names.push_back(draw.name_of(i));
    return shortened_names(names, std::min(widest_name, columns), draw.signs.cut);
}

std::string failed_cell(drawing const& draw, failure_group const& group, std::size_t index, std::string const& name) {
    auto const& host = draw.run.hosts[index];
    auto const after = group.ended_command ? " after " + in_words(host.duration) : std::string();
    auto line = draw.line();
    line.add(draw.signs.failed, red).add(" ").add(name, red);
    auto const room = less(line.left(), 2 + after.size());
    line.add("  " + cut_off(without_stage(group.cause), room, draw.signs.cut) + after);
    return std::move(line).text();
}

void add_cell(row& line, drawing const& draw, std::size_t index, std::string const& name, std::size_t width) {
    auto const& host = draw.run.hosts[index];
    auto const before = line.left();
    if (host.phase == host_phase::waiting) {
        line.add(draw.signs.waiting, dim).add(" ").add(name, dim).add("  waiting", dim);
    } else if (host.phase == host_phase::ok) {
        line.add(draw.signs.ok, green).add(" ").add(name).add(" " + seconds_of(host.duration), dim);
    } else {
        line.add(draw.spin(), cyan).add(" ").add(name).add(" " + seconds_of(draw.now - host.since) + "  ", dim);
        auto const silent = draw.now - std::max(host.since, host.last_output);
        auto const used = before - line.left();
        auto const text = host.text();
        auto const note = host.phase == host_phase::connecting ? std::string("(connecting)")
                          : text.empty() || (silent > 5s && !host.open)
                              ? fmt::format("(no output for {})", seconds_of(silent))
                              : text;
        if (used < width) line.add(cut_off(note, width - used, draw.signs.cut), dim);
    }
}

std::vector<std::string> cells(drawing const& draw, std::size_t across) {
    std::vector<std::string> lines;
    auto const wide_names = names_in(draw, draw.columns / 2);
    for (auto const& group : draw.run.failures)
        for (auto const index : group.hosts) lines.push_back(failed_cell(draw, group, index, wide_names[index]));
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < draw.run.hosts.size(); ++i)
        if (draw.run.hosts[i].phase != host_phase::failed) others.push_back(i);
    auto const down = (others.size() + across - 1) / across;
    auto const width = draw.columns / across;
    auto const names = names_in(draw, (width - 2) / 2);
    for (std::size_t i = 0; i < down; ++i) {
        auto line = draw.line();
        for (std::size_t j = i; j < others.size(); j += down) {
            line.pad_to(j / down * width, draw.columns);
            add_cell(line, draw, others[j], names[others[j]], width - 2);
        }
        lines.push_back(std::move(line).text());
    }
    return lines;
}

// ---- a character a host, and shares

std::string folded_names(drawing const& draw, std::vector<std::size_t> const& hosts, std::size_t columns) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(hosts.size(), most_folded); ++i) names.push_back(draw.name_of(hosts[i]));
    auto text = fold(names);
    if (hosts.size() > most_folded) text.append(",").append(draw.signs.cut);
    return shortened_set(text, columns, draw.signs.cut);
}

/// In order of appearance, unless there is no room for all: then those of most hosts come first.
std::vector<failure_group const*> in_order(std::vector<failure_group> const& failures, std::size_t most) {
    std::vector<failure_group const*> all;
    all.reserve(failures.size());
    for (auto const& group : failures) all.push_back(&group);
    if (all.size() > most)
        std::ranges::stable_sort(all, std::greater(), [](auto const* group) { return group->hosts.size(); });
    return all;
}

std::vector<std::string> causes(drawing const& draw, std::size_t most) {
    std::vector<std::string> lines;
    auto const failures = in_order(draw.run.failures, most);
    std::size_t rest = 0;
    for (std::size_t i = 0; i < failures.size(); ++i) {
        bool const last = i + 1 == most && failures.size() > most;
        if (i >= most || last) {
            rest += failures[i]->hosts.size();
            continue;
        }
        auto const& group = *failures[i];
        auto const count = group.hosts.size() == 1 ? std::string() : fmt::format(" ({})", group.hosts.size());
        auto const names = folded_names(draw, group.hosts, less(draw.columns / 2, count.size()));
        auto line = draw.line();
        line.add(draw.signs.failed, red).add(" ").add(names + count, red);
        line.add("  " + cut_off(group.cause, less(line.left(), 2), draw.signs.cut));
        lines.push_back(std::move(line).text());
    }
    if (rest > 0) {
        auto line = draw.line();
        line.add(lines.empty() ? fmt::format("{} {} failed, {} causes", draw.signs.failed, rest, failures.size())
                               : fmt::format("{} {} more with other causes", draw.signs.failed, rest),
                 red);
        lines.push_back(std::move(line).text());
    }
    return lines;
}

void add_sign(row& line, drawing const& draw, host_phase phase) {
    switch (phase) {
        case host_phase::waiting:
            line.add(draw.signs.waiting, dim);
            break;
        case host_phase::connecting:
            line.add(draw.signs.connecting, cyan);
            break;
        case host_phase::running:
            line.add(draw.signs.running, cyan);
            break;
        case host_phase::ok:
            line.add(draw.signs.bar_ok, green);
            break;
        case host_phase::failed:
            line.add(draw.signs.failed, red);
            break;
    }
}

std::vector<std::string> strip(drawing const& draw) {
    std::vector<std::string> lines;
    auto const& hosts = draw.run.hosts;
    for (std::size_t begin = 0; begin < hosts.size(); begin += draw.columns) {
        auto line = draw.line();
        for (auto i = begin; i < std::min(hosts.size(), begin + draw.columns); ++i)
            add_sign(line, draw, hosts[i].phase);
        lines.push_back(std::move(line).text());
    }
    return lines;
}

/// Empty: there is nothing to say of it.
std::vector<std::string> rollout_line(drawing const& draw) {
    auto const words = draw.run.rollout.words(draw.now, draw.signs.between);
    if (words.empty()) return {};
    auto line = draw.line();
    line.add(cut_off(words, draw.columns, draw.signs.cut), cyan);
    return {std::move(line).text()};
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

}  // namespace

std::vector<std::string> screen_lines(screen_state const& run, steady::time_point now, terminal_size size,
                                      screen_style const& style) {
    if (size.rows < 10 || size.columns < 20 || run.hosts.empty()) return {};
    drawing draw{run, now, size.columns - 1, size.rows / 3, style, glyphs_of(style.utf8)};
    auto const rollout = rollout_line(draw);
    draw.rows -= rollout.size();
    std::size_t const across = run.hosts.size() > 3 && draw.columns >= 70 ? 2 : 1;
    std::vector<std::string> lines;
    if (run.hosts.size() <= 16 && rows_of_cells(run, across) <= draw.rows) {
        lines = cells(draw, across);
        append(lines, rollout);
        lines.push_back(status_line(draw));
        return lines;
    }
    auto const strips = (run.hosts.size() + draw.columns - 1) / draw.columns;
    bool const fits = strips <= 2 && strips + 2 <= draw.rows;
    auto const others = fits ? strips + 1 : 1;
    append(lines, causes(draw, std::min(most_causes, draw.rows - others)));
    if (fits) append(lines, strip(draw));
    append(lines, rollout);
    lines.push_back(fits ? status_line(draw) : share_line(draw));
    return lines;
}

}  // namespace muster::output
