// SPDX-License-Identifier: MIT
// Finds the marks, also where they come in pieces, and hands on what is between them.
#include "shell/marked_stream.hpp"

#include <algorithm>

namespace muster::shell {

/// So many last bytes may be the begin of a mark.
std::size_t marked_stream::held_back() const {
    std::size_t longest = 0;
    for (auto const& mark : marks_) {
        for (auto size = std::min(mark.size() - 1, text_.size()); size > longest; --size) {
            if (text_.ends_with(std::string_view(mark).substr(0, size))) longest = size;
        }
    }
    return longest;
}

marked_stream::found marked_stream::next() {
    found found;
    auto position = std::string::npos;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
        auto const here = text_.find(marks_[i]);
        if (here >= position) continue;
        position = here;
        found.mark = static_cast<int>(i);
    }
    if (found.mark < 0) {
        auto const kept = held_back();
        found.before = text_.substr(0, text_.size() - kept);
        text_.erase(0, text_.size() - kept);
        return found;
    }
    found.before = text_.substr(0, position);
    text_.erase(0, position + marks_[static_cast<std::size_t>(found.mark)].size());
    return found;
}

}  // namespace muster::shell
