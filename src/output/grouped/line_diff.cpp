// SPDX-License-Identifier: MIT
// Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986) on what is left between a common beginning and end.
#include "output/grouped/line_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace muster::output {

namespace {

constexpr std::size_t context = 3;  // unchanged lines around a change

using lines = std::vector<std::string_view>;

/// With their line feeds: a last line without one is another line.
lines lines_of(std::string_view text) {
    lines all;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        auto const size = std::min(line.size() + 1, text.size());
        all.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return all;
}

/// One number for each distinct line, so that lines are compared at once.
std::vector<int> numbered(lines const& all, std::unordered_map<std::string_view, int>& known) {
    std::vector<int> numbers;
    numbers.reserve(all.size());
    for (auto const line : all)
        numbers.push_back(known.try_emplace(line, static_cast<int>(known.size())).first->second);
    return numbers;
}

enum class kind : char { same = ' ', removed = '-', added = '+' };

struct edit {
    kind what;
    std::size_t before;  // lines of the two texts that stand in front of it
    std::size_t after;
};

/// The paths of the algorithm, one for each number of changes, and the way back through them.
class shortest_edit {
  public:
    shortest_edit(std::vector<int> const& before, std::vector<int> const& after) : before_(before), after_(after) {}

    /// False: more than `most` changes.
    bool find(std::size_t most) {
        auto const limit = static_cast<long>(std::min(most, before_.size() + after_.size()));
        std::vector<long> furthest(static_cast<std::size_t>(2 * limit + 3), 0);
        origin_ = limit + 1;
        for (long changes = 0; changes <= limit; ++changes) {
            paths_.push_back(furthest);
            if (advance(furthest, changes)) return true;
        }
        return false;
    }

    /// Last edit first.
    std::vector<edit> edits() const {
        std::vector<edit> all;
        auto x = static_cast<long>(before_.size()), y = static_cast<long>(after_.size());
        for (auto changes = static_cast<long>(paths_.size()) - 1; changes >= 0; --changes) {
            auto const& furthest = paths_[static_cast<std::size_t>(changes)];
            auto const diagonal = x - y;
            bool const down = goes_down(furthest, diagonal, changes);
            auto const from = changes == 0 ? 0 : down ? diagonal + 1 : diagonal - 1;
            auto const from_x = changes == 0 ? 0 : at(furthest, from);
            auto const from_y = changes == 0 ? 0 : from_x - from;
            while (x > from_x && y > from_y) {
                --x, --y;
                all.push_back({kind::same, static_cast<std::size_t>(x), static_cast<std::size_t>(y)});
            }
            if (changes == 0) break;
            all.push_back({down ? kind::added : kind::removed, static_cast<std::size_t>(from_x),
                           static_cast<std::size_t>(from_y)});
            x = from_x, y = from_y;
        }
        return all;
    }

  private:
    long at(std::vector<long> const& furthest, long diagonal) const {
        return furthest[static_cast<std::size_t>(origin_ + diagonal)];
    }

    bool goes_down(std::vector<long> const& furthest, long diagonal, long changes) const {
        return diagonal == -changes || (diagonal != changes && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
    }

    bool advance(std::vector<long>& furthest, long changes) const {
        auto const n = static_cast<long>(before_.size()), m = static_cast<long>(after_.size());
        for (long diagonal = -changes; diagonal <= changes; diagonal += 2) {
            auto x =
                goes_down(furthest, diagonal, changes) ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
            auto y = x - diagonal;
            while (x < n && y < m && x >= 0 && y >= 0 &&
                   before_[static_cast<std::size_t>(x)] == after_[static_cast<std::size_t>(y)])
                ++x, ++y;
            furthest[static_cast<std::size_t>(origin_ + diagonal)] = x;
            if (x >= n && y >= m) return true;
        }
        return false;
    }

    std::vector<int> const& before_;
    std::vector<int> const& after_;
    long origin_ = 0;
    std::vector<std::vector<long>> paths_;
};

/// The first line and how many, as a unified diff has them: a single one without its count.
std::string range_of(std::size_t index, std::size_t count) {
    if (count == 1) return std::to_string(index + 1);
    return fmt::format("{},{}", index + (count > 0 ? 1 : 0), count);
}

void append_hunk(std::string& to, std::vector<edit> const& edits, std::size_t begin, std::size_t end,
                 lines const& before, lines const& after, std::size_t skipped) {
    std::size_t removed = 0, added = 0;
    for (auto i = begin; i < end; ++i) {
        removed += edits[i].what != kind::added;
        added += edits[i].what != kind::removed;
    }
    to += fmt::format("@@ -{} +{} @@\n", range_of(skipped + edits[begin].before, removed),
                      range_of(skipped + edits[begin].after, added));
    for (auto i = begin; i < end; ++i) {
        auto const& edit = edits[i];
        to += static_cast<char>(edit.what);
        auto const line = edit.what == kind::added ? after[edit.after] : before[edit.before];
        to += line;
        if (!line.ends_with('\n')) ((to += '\n') += no_line_end) += '\n';
    }
}

/// Changes that stand close together share a hunk.
std::string hunks(std::vector<edit> const& edits, lines const& before, lines const& after, std::size_t skipped) {
    std::string text;
    auto const changed = [&](std::size_t i) { return edits[i].what != kind::same; };
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (!changed(i)) continue;
        auto const begin = i - std::min(i, context);
        auto last = i;
        for (auto j = i; j < edits.size() && j <= last + 2 * context; ++j)
            if (changed(j)) last = j;
        auto const end = std::min(edits.size(), last + 1 + context);
        append_hunk(text, edits, begin, end, before, after, skipped);
        i = end - 1;
    }
    return text;
}

}  // namespace

std::optional<std::string> line_diff(std::string_view before_text, std::string_view after_text, std::size_t most) {
    auto before = lines_of(before_text), after = lines_of(after_text);
    std::size_t same = 0;
    while (same < before.size() && same < after.size() && before[same] == after[same]) ++same;
    auto const skipped = same - std::min(same, context);
    before.erase(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(skipped));
    after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(skipped));
    std::size_t tail = 0;
    while (tail < before.size() && tail < after.size() &&
           before.rbegin()[static_cast<std::ptrdiff_t>(tail)] == after.rbegin()[static_cast<std::ptrdiff_t>(tail)])
        ++tail;
    tail -= std::min(tail, context);
    before.resize(before.size() - tail);
    after.resize(after.size() - tail);
    std::unordered_map<std::string_view, int> known;
    auto const a = numbered(before, known), b = numbered(after, known);
    shortest_edit path(a, b);
    if (!path.find(most)) return std::nullopt;
    auto edits = path.edits();
    std::reverse(edits.begin(), edits.end());
    return hunks(edits, before, after, skipped);
}

}  // namespace muster::output
