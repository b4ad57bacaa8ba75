// SPDX-License-Identifier: MIT
// Makes the lines of the block out of a run's state.
#include "output/screen/screen_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <muster/host.hpp>

#include "output/terminal/palette.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/text_width.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view red = "\x1b[1;31m", green = "\x1b[32m", cyan = "\x1b[36m", dim = "\x1b[2m", none = "";
constexpr std::size_t most_causes = 5;
constexpr std::size_t widest_name = 24;
constexpr std::size_t most_folded = 200;  // hosts of a cause

/// A line that grows until the terminal's edge.
class row {
  public:
    row(std::size_t columns, bool colour) : left_(columns), colour_(colour) {}

    row& add(std::string_view text, std::string_view ink = none) {
        auto const part = clipped(text, left_);
        left_ -= columns_of_text(part);
        bool const inked = colour_ && !ink.empty();
        if (inked) text_ += ink;
        text_ += part;
        if (inked) text_ += plain_ink;
        return *this;
    }

    /// Whole or not at all.
    row& add_if_it_fits(std::string_view text, std::string_view ink = none) {
        return columns_of_text(text) <= left_ ? add(text, ink) : *this;
    }

    /// So many columns more.
    row& grow(std::size_t columns) noexcept {
        left_ += columns;
        return *this;
    }

    row& pad_to(std::size_t columns, std::size_t whole) {
        while (whole - left_ < columns && left_ > 0) add(" ");
        return *this;
    }

    std::size_t left() const noexcept { return left_; }
    std::string text() && { return std::move(text_); }

  private:
    std::size_t left_;
    bool colour_;
    std::string text_;
};

struct glyphs : signs {
    std::string_view connecting, running, waiting, full, empty, between, bar_ok;
};

constexpr glyphs pictures{signs_of(true), "▒", "▸", "·", "▓", "░", " · ", "█"};
constexpr glyphs ascii{signs_of(false), "-", ">", ".", "#", ".", ", ", "#"};
constexpr std::string_view spinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::string_view ascii_spinner[] = {"|", "/", "-", "\\"};

std::string seconds_of(std::chrono::nanoseconds time) {
    auto const whole = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return whole < 60 ? fmt::format("{}s", whole) : fmt::format("{}m{:02}", whole / 60, whole % 60);
}

std::string name_of(screen_state const& run, std::size_t index) {
    return sanitised(run.labels[index].host);
}

/// What one drawing needs.
struct drawing {
    screen_state const& run;
    steady::time_point now;
    std::size_t columns;  // that may be used
    std::size_t rows;
    screen_style const& style;
    glyphs const& signs;

    row line() const { return {columns, style.colour}; }
    std::chrono::nanoseconds elapsed() const { return now - run.begun; }

    std::string_view spin() const {
        auto const step = static_cast<std::size_t>(elapsed() / 100ms);
        return style.utf8 ? spinner[step % std::size(spinner)] : ascii_spinner[step % std::size(ascii_spinner)];
    }
};

/// What the keys do, at the end of the last line: it has its room whatever else is cut, for keys that are read must be
/// named. Only the first of them on a narrow terminal.
std::string hint_of(drawing const& draw) {
    constexpr std::size_t narrow = 64;
    std::string_view const hint = draw.style.hint;
    if (hint.empty()) return {};
    return std::string(draw.signs.between).append(draw.columns < narrow ? hint.substr(0, hint.find("  ")) : hint);
}

/// Nothing for a rollout: how long its pauses and gates take is not to be told from its hosts.
std::optional<std::string> time_left(drawing const& draw) {
    auto const& run = draw.run;
    if (!run.rollout.words(draw.now).empty()) return std::nullopt;
    if (run.stopping || run.waiting == 0 || run.done() <= run.active) return std::nullopt;
    auto const left = draw.elapsed() / static_cast<std::int64_t>(run.done()) *
                      static_cast<std::int64_t>(run.hosts.size() - run.done());
    return "about " + in_words(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
}

std::vector<std::size_t> longest_running(screen_state const& run, std::size_t count) {
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < run.hosts.size(); ++i)
        if (is_active(run.hosts[i].phase)) active.push_back(i);
    auto const shown = std::min(count, active.size());
    std::partial_sort(active.begin(), active.begin() + static_cast<std::ptrdiff_t>(shown), active.end(),
                      [&](auto a, auto b) { return run.hosts[a].since < run.hosts[b].since; });
    active.resize(shown);
    return active;
}

std::string slowest(drawing const& draw) {
    std::string text;
    for (auto const index : longest_running(draw.run, 2)) {
        text += text.empty() ? "slowest: " : ", ";
        text += name_of(draw.run, index) + " " + in_words(draw.now - draw.run.hosts[index].since);
    }
    return text;
}

// ---- a cell a host

/// Failed hosts have a line of their own.
std::size_t rows_of_cells(screen_state const& run, std::size_t across) {
    auto const others = run.hosts.size() - run.failed;
    return run.failed + (others + across - 1) / across + 1;
}

std::string failed_cell(drawing const& draw, failure_group const& group, std::size_t index) {
    auto const& host = draw.run.hosts[index];
    auto const text = without_stage(group.cause);
    auto line = draw.line();
    line.add(draw.signs.failed, red).add(" ").add(cut_off(name_of(draw.run, index), widest_name, draw.signs.cut), red);
    line.add(fmt::format("  {} after {}", text, in_words(host.duration)));
    return std::move(line).text();
}

void add_cell(row& line, drawing const& draw, std::size_t index, std::size_t width) {
    auto const& host = draw.run.hosts[index];
    auto const before = line.left();
    auto const name = cut_off(name_of(draw.run, index), std::min(widest_name, width / 2), draw.signs.cut);
    if (host.phase == host_phase::waiting) {
        line.add(draw.signs.waiting, dim).add(" ").add(name, dim).add("  waiting", dim);
    } else if (host.phase == host_phase::ok) {
        line.add(draw.signs.ok, green).add(" ").add(name).add(" " + seconds_of(host.duration), dim);
    } else {
        line.add(draw.spin(), cyan).add(" ").add(name).add(" " + seconds_of(draw.now - host.since) + "  ", dim);
        auto const silent = draw.now - std::max(host.since, host.last_output);
        auto const used = before - line.left();
        auto const note = host.phase == host_phase::connecting ? std::string("(connecting)")
                          : host.line.empty() || (silent > 5s && !host.open)
                              ? fmt::format("(no output for {})", seconds_of(silent))
                              : host.line;
        if (used < width) line.add(cut_off(note, width - used, draw.signs.cut), dim);
    }
}

std::vector<std::string> cells(drawing const& draw, std::size_t across) {
    std::vector<std::string> lines;
    for (auto const& group : draw.run.failures)
        for (auto const index : group.hosts) lines.push_back(failed_cell(draw, group, index));
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < draw.run.hosts.size(); ++i)
        if (draw.run.hosts[i].phase != host_phase::failed) others.push_back(i);
    auto const down = (others.size() + across - 1) / across;
    auto const width = draw.columns / across;
    for (std::size_t i = 0; i < down; ++i) {
        auto line = draw.line();
        for (std::size_t j = i; j < others.size(); j += down) {
            line.pad_to(j / down * width, draw.columns);
            add_cell(line, draw, others[j], width - 2);
        }
        lines.push_back(std::move(line).text());
    }
    return lines;
}

// ---- a character a host, and shares

std::string folded_names(screen_state const& run, std::vector<std::size_t> const& hosts) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(hosts.size(), most_folded); ++i) names.push_back(name_of(run, hosts[i]));
    auto text = fold(names);
    if (hosts.size() > most_folded) text += fmt::format(" +{}", hosts.size() - most_folded);
    return text;
}

std::vector<std::string> causes(drawing const& draw, std::size_t most) {
    std::vector<std::string> lines;
    auto const& failures = draw.run.failures;
    std::size_t rest = 0;
    for (std::size_t i = 0; i < failures.size(); ++i) {
        bool const last = i + 1 == most && failures.size() > most;
        if (i >= most || last) {
            rest += failures[i].hosts.size();
            continue;
        }
        auto const& group = failures[i];
        auto const count = group.hosts.size() == 1 ? std::string() : fmt::format(" ({})", group.hosts.size());
        auto const names = cut_off(folded_names(draw.run, group.hosts), draw.columns / 2, draw.signs.cut);
        auto line = draw.line();
        line.add(draw.signs.failed, red).add(" ").add(names + count, red).add("  " + group.cause);
        lines.push_back(std::move(line).text());
    }
    if (rest > 0) {
        auto line = draw.line();
        line.add(fmt::format("{} {} more with other causes", draw.signs.failed, rest), red);
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

std::string shares(drawing const& draw) {
    auto const& run = draw.run;
    auto const width = std::min<std::size_t>(draw.columns * 2 / 5, 60);
    auto const full = width * run.done() / run.hosts.size();
    auto const hint = hint_of(draw);
    auto line = row(draw.columns - columns_of_text(hint), draw.style.colour);
    for (std::size_t i = 0; i < width; ++i)
        line.add(i < full ? draw.signs.full : draw.signs.empty, i < full ? green : dim);
    auto const seconds = std::chrono::duration<double>(draw.elapsed()).count();
    line.add(fmt::format("  {}/{}", run.done(), run.hosts.size()));
    if (seconds >= 1)
        line.add(fmt::format("{}{:.0f}/s", draw.signs.between, static_cast<double>(run.done()) / seconds));
    line.add(fmt::format("{}{}", draw.signs.between, in_words(draw.elapsed())));
    if (auto const left = time_left(draw)) line.add(", " + *left);
    if (run.waiting == 0 && run.active > 0)
        line.add(fmt::format("{}waiting for {}", draw.signs.between, missing_hosts(run, draw.now)), cyan);
    line.grow(columns_of_text(hint)).add(hint, dim);
    return std::move(line).text();
}

// ---- the last line

std::string status(drawing const& draw) {
    auto const& run = draw.run;
    auto const hint = hint_of(draw);
    auto line = row(draw.columns - columns_of_text(hint), draw.style.colour);
    line.add(fmt::format("{}/{}", run.done(), run.hosts.size()));
    if (run.stopping) {
        line.add(fmt::format("  stopping {}", run.active));
    } else if (run.waiting == 0 && run.active > 0) {
        line.add("  waiting for " + missing_hosts(run, draw.now), cyan);
    }
    line.add(fmt::format("{}ok {}", run.stopping || run.waiting == 0 ? draw.signs.between : " ", run.ok));
    if (run.failed > 0) line.add(fmt::format("  failed {}", run.failed), red);
    if (run.active > 0 && !run.stopping && run.waiting > 0) line.add(fmt::format("  running {}", run.active));
    if (run.waiting > 0) line.add(fmt::format("  waiting {}", run.waiting));
    line.add(fmt::format("{}{}", draw.signs.between, in_words(draw.elapsed())));
    if (auto const left = time_left(draw)) line.add_if_it_fits(", " + *left);
    if (auto const slow = slowest(draw); run.waiting > 0 && !slow.empty())
        line.add_if_it_fits(std::string(draw.signs.between) + slow, dim);
    line.grow(columns_of_text(hint)).add(hint, dim);
    return std::move(line).text();
}

/// Empty: the run has no batches.
std::vector<std::string> rollout_line(drawing const& draw) {
    auto const words = draw.run.rollout.words(draw.now, draw.signs.between);
    if (words.empty()) return {};
    auto line = draw.line();
    line.add(words, cyan);
    return {std::move(line).text()};
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

}  // namespace

std::vector<std::string> screen_lines(screen_state const& run, steady::time_point now, terminal_size size,
                                      screen_style const& style) {
    if (size.rows < 10 || size.columns < 20 || run.hosts.empty()) return {};
    drawing draw{run, now, size.columns - 1, size.rows / 3, style, style.utf8 ? pictures : ascii};
    auto const rollout = rollout_line(draw);
    draw.rows -= rollout.size();
    std::size_t const across = run.hosts.size() > 3 && draw.columns >= 70 ? 2 : 1;
    std::vector<std::string> lines;
    if (run.hosts.size() <= 16 && rows_of_cells(run, across) <= draw.rows) {
        lines = cells(draw, across);
        append(lines, rollout);
        lines.push_back(status(draw));
        return lines;
    }
    auto const strips = (run.hosts.size() + draw.columns - 1) / draw.columns;
    bool const fits = strips <= 2 && strips + 2 <= draw.rows;
    auto const others = fits ? strips + 1 : 1;
    append(lines, causes(draw, std::min(most_causes, draw.rows - others)));
    if (fits) append(lines, strip(draw));
    append(lines, rollout);
    lines.push_back(fits ? status(draw) : shares(draw));
    return lines;
}

std::string missing_hosts(screen_state const& run, steady::time_point now) {
    constexpr std::size_t named = 2;
    auto const longest = longest_running(run, named);
    if (longest.empty()) return {};
    auto const since = in_words(now - run.hosts[longest.front()].since);
    if (run.active == 1) return fmt::format("{} ({})", name_of(run, longest.front()), since);
    std::string text;
    for (auto const index : longest) text += (text.empty() ? "" : " ") + name_of(run, index);
    if (run.active > named) text += fmt::format(" +{}", run.active - named);
    return fmt::format("{}, longest {}", text, since);
}

}  // namespace muster::output
