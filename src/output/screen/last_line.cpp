// SPDX-License-Identifier: MIT
// Gives what must be seen its room, and the rest what is left.
#include "output/screen/last_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "output/terminal/text_width.hpp"
#include "output/words/distinct_names.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

using namespace ink;

constexpr std::size_t usual_name = 12, shortest_name = 6;
constexpr std::size_t shortest_bar = 5;
constexpr std::size_t narrow = 64;  // columns under which there is no room for everything

/// What the keys do, at the end of the last line: it has its room whatever else is cut, for keys that are read must be
/// named. Only the first of them on a narrow terminal.
std::string hint_of(drawing const& draw) {
    std::string_view const hint = draw.style.hint;
    if (hint.empty()) return {};
    return std::string(draw.signs.between).append(draw.columns < narrow ? hint.substr(0, hint.find("  ")) : hint);
}

/// It has its room, too.
std::string elapsed_of(drawing const& draw) {
    return std::string(draw.signs.between) +
           (draw.columns < narrow ? seconds_of(draw.elapsed()) : in_words(draw.elapsed()));
}

/// Nothing for a rollout: how long its pauses and gates take is not to be told from its hosts.
std::optional<std::string> time_left(drawing const& draw) {
    auto const& run = draw.run;
    if (run.rollout.in_batch()) return std::nullopt;
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
        text += draw.name_of(index) + " " + in_words(draw.now - draw.run.hosts[index].since);
    }
    return text;
}

/// The hosts in so many columns, none cut below `shortest`; empty: these are too few.
std::string names_of(drawing const& draw, std::span<std::size_t const> hosts, std::size_t columns,
                     std::size_t shortest) {
    std::vector<std::string> names;
    auto const room = less(columns, hosts.size() - 1) / hosts.size();
    for (auto const host : hosts) {
        names.push_back(draw.name_of(host));
        if (room < std::min(shortest, columns_of_text(names.back()))) return {};
    }
    std::string text;
    for (auto const& name : shortened_names(names, room, draw.signs.cut)) text += (text.empty() ? "" : " ") + name;
    return columns_of_text(text) <= columns ? text : std::string();
}

/// "n7 (5 s)", "n7 n12 +4, longest 35 s": which hosts are missing once all have a place. Fewer of them, shorter and
/// without the time where there are not so many columns; empty: there is no room.
std::string missing_hosts(drawing const& draw, std::size_t columns) {
    auto const& run = draw.run;
    auto const longest = longest_running(run, 2);
    if (longest.empty()) return {};
    auto const since = in_words(draw.now - run.hosts[longest.front()].since);
    auto const time = run.active == 1 ? fmt::format(" ({})", since) : ", longest " + since;
    for (auto const& [behind, shortest] : {std::pair{time, usual_name}, {time, shortest_name}, {"", shortest_name}}) {
        for (auto count = longest.size(); count > 0; --count) {
            auto const rest = (run.active > count ? fmt::format(" +{}", run.active - count) : "") + behind;
            auto const names = names_of(draw, {longest.data(), count}, less(columns, rest.size()), shortest);
            if (!names.empty()) return names + rest;
        }
    }
    return {};
}

/// Empty: there is no room, or nothing is missing.
std::string waiting_for(drawing const& draw, std::string_view before, std::size_t columns) {
    auto const& run = draw.run;
    if (run.stopping || run.waiting > 0 || run.active == 0) return {};
    auto const text = fmt::format("{}waiting for ", before);
    auto const names = missing_hosts(draw, less(columns, columns_of_text(text)));
    return names.empty() ? names : text + names;
}

struct piece {
    std::string text;
    std::string_view ink = none;
};

std::vector<piece> counts_of(drawing const& draw) {
    auto const& run = draw.run;
    std::vector<piece> counts;
    counts.push_back({fmt::format("{}ok {}", run.stopping || run.waiting == 0 ? draw.signs.between : " ", run.ok)});
    if (run.failed > 0) counts.push_back({fmt::format("  failed {}", run.failed), red});
    if (run.stopped > 0) counts.push_back({fmt::format("  stopped {}", run.stopped)});
    if (run.not_started > 0) counts.push_back({fmt::format("  not started {}", run.not_started)});
    if (run.active > 0 && !run.stopping && run.waiting > 0) counts.push_back({fmt::format("  running {}", run.active)});
    if (run.waiting > 0) counts.push_back({fmt::format("  waiting {}", run.waiting)});
    return counts;
}

// ---- of shares

/// How long it may still take; empty: that can't be told, or there is no room.
std::string left_in(drawing const& draw, std::size_t columns) {
    auto const left = time_left(draw);
    return left && left->size() + 2 <= columns ? ", " + *left : std::string();
}

/// Who is missing has its room before the bar has; the names alone where there is not even that.
std::string missing_in(drawing const& draw, std::size_t columns) {
    auto text = waiting_for(draw, draw.signs.between, columns);
    if (!text.empty() || draw.run.stopping || draw.run.waiting > 0) return text;
    auto const between = std::string(draw.signs.between);
    auto const names = missing_hosts(draw, less(columns, columns_of_text(between)));
    return names.empty() ? names : between + names;
}

/// Of all hosts so far; nothing once no host waits for a place, for it is not how fast they end any more.
std::string rate_in(drawing const& draw, std::size_t columns) {
    auto const seconds = std::chrono::duration<double>(draw.elapsed()).count();
    if (seconds < 1 || draw.run.waiting == 0) return {};
    auto text = fmt::format("{}{:.0f}/s", draw.signs.between, static_cast<double>(draw.run.done()) / seconds);
    return columns_of_text(text) <= columns ? text : std::string();
}

void add_bar(row& line, drawing const& draw, std::size_t width) {
    auto const full = width * draw.run.done() / draw.run.hosts.size();
    for (std::size_t i = 0; i < width; ++i)
        line.add(i < full ? draw.signs.full : draw.signs.empty, i < full ? green : dim);
    line.add("  ");
}

}  // namespace

std::string status_line(drawing const& draw) {
    auto const& run = draw.run;
    auto const hint = hint_of(draw), elapsed = elapsed_of(draw);
    auto line = row(less(draw.columns, columns_of_text(hint) + columns_of_text(elapsed)), draw.style.colour);
    line.add_if_it_fits(fmt::format("{}/{}", run.done(), run.hosts.size()));
    if (run.stopping) line.add_if_it_fits(fmt::format("  stopping {}", run.active));
    auto const counts = counts_of(draw);
    std::size_t room = line.left();
    for (auto const& count : counts) room = less(room, columns_of_text(count.text));
    auto const missing = waiting_for(draw, "  ", room);
    line.add(missing.empty() ? waiting_for(draw, "  ", line.left()) : missing, cyan);
    for (auto const& count : counts) line.add_if_it_fits(count.text, count.ink);
    line.grow(columns_of_text(elapsed)).add(elapsed);
    if (auto const left = time_left(draw)) line.add_if_it_fits(", " + *left);
    if (auto const slow = slowest(draw); run.waiting > 0 && !slow.empty())
        line.add_if_it_fits(std::string(draw.signs.between) + slow, dim);
    line.grow(columns_of_text(hint)).add(hint, dim);
    return std::move(line).text();
}

std::string share_line(drawing const& draw) {
    auto const& run = draw.run;
    auto const hint = hint_of(draw), elapsed = elapsed_of(draw);
    auto line = row(less(draw.columns, columns_of_text(hint) + columns_of_text(elapsed)), draw.style.colour);
    auto const count = fmt::format("{}/{}", run.done(), run.hosts.size());
    auto room = less(line.left(), count.size());
    auto const left = left_in(draw, room), missing = missing_in(draw, room);
    room = less(room, columns_of_text(left) + columns_of_text(missing));
    auto const rate = rate_in(draw, less(room, shortest_bar));
    auto const width = std::min({draw.columns * 2 / 5, std::size_t{60}, less(room, columns_of_text(rate) + 2)});
    if (width >= shortest_bar) add_bar(line, draw, width);
    line.add_if_it_fits(count);
    line.add(rate);
    line.grow(columns_of_text(elapsed)).add(elapsed);
    line.add(left).add(missing, cyan);
    line.grow(columns_of_text(hint)).add(hint, dim);
    return std::move(line).text();
}

}  // namespace muster::output
