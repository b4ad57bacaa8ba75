// SPDX-License-Identifier: MIT
// Keeps whole lines from the end, within a number of bytes.
#include "output/words/last_lines.hpp"

#include <algorithm>

namespace muster::output {

namespace {

void append_limited(std::string& to, std::string_view bytes) {
    to.append(bytes.substr(0, last_lines::longest - std::min(last_lines::longest, to.size())));
}

/// Where the last `count` whole lines and what follows them begin; 0 when there are no more than that.
std::size_t begin_of_last(std::string_view bytes, std::size_t count) {
    std::size_t position = bytes.size();
    for (std::size_t seen = 0; seen <= count; ++seen) {
        if (position == 0) return 0;
        auto const end = bytes.rfind('\n', position - 1);
        if (end == std::string_view::npos) return 0;
        position = end;
    }
    return position + 1;
}

}  // namespace

void last_lines::feed(stream from, std::string_view bytes) {
    if (count_ == 0) return;
    auto& begun = begun_[from == stream::out ? 0 : 1];
    if (auto const skip = begin_of_last(bytes, count_); skip > 0) {
        begun.clear();
        bytes.remove_prefix(skip);
    }
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
        append_limited(begun, bytes.substr(0, end));
        keep(std::move(begun));
        begun.clear();
        bytes.remove_prefix(end + 1);
    }
    append_limited(begun, bytes);
}

void last_lines::keep(std::string line) {
    lines_.push_back(std::move(line));
    if (lines_.size() > count_) lines_.pop_front();
}

std::vector<std::string> last_lines::lines() const {
    std::vector<std::string> all(lines_.begin(), lines_.end());
    for (auto const& begun : begun_)
        if (!begun.empty()) all.push_back(begun);
    if (all.size() > count_) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(count_));
    return all;
}

}  // namespace muster::output
