// SPDX-License-Identifier: MIT
// Finds the marks, also where they come in pieces, and hands on what is between them.
#include "shell/marked_stream.hpp"

#include <algorithm>
#include <utility>

namespace muster::shell {

/// So many last bytes may be the begin of a mark.
std::size_t marked_stream::held_back() const {
    std::size_t longest = 0;
    for (auto const& mark : marks_) {
        for (auto size = std::min(mark.size() - 1, text_.size() - begin_); size > longest; --size) {
            if (text_.ends_with(std::string_view(mark).substr(0, size))) longest = size;
        }
    }
    return longest;
}

void marked_stream::feed(std::string_view bytes) {
    text_.erase(0, std::exchange(begin_, 0));
    text_ += bytes;
    for (std::size_t i = 0; i < marks_.size(); ++i) at_[i] = text_.find(marks_[i]);
}

/// Each mark is looked for once in each byte, however many marks there are in the text.
marked_stream::found marked_stream::next() {
    found found;
    auto position = std::string::npos;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
        if (at_[i] < begin_) at_[i] = text_.find(marks_[i], begin_);
        if (at_[i] >= position) continue;
        position = at_[i];
        found.mark = static_cast<int>(i);
    }
    auto const end = found.mark < 0 ? text_.size() - held_back() : position;
    found.before = text_.substr(begin_, end - begin_);
    begin_ = found.mark < 0 ? end : end + marks_[static_cast<std::size_t>(found.mark)].size();
    return found;
}

}  // namespace muster::shell
