// SPDX-License-Identifier: MIT
// A stream of output with marks in it that no view shall see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::shell {

/// Cuts marks out of a stream and passes the rest on, in order. What may be the begin of a mark is held back until that
/// is known.
class marked_stream {
  public:
    struct found {
        std::string before;  ///< output before it, or all there is
        int mark = -1;       ///< which mark; -1: none
    };

    explicit marked_stream(std::vector<std::string> marks)
        : marks_(std::move(marks)), at_(marks_.size(), std::string::npos) {}

    void feed(std::string_view bytes);
    /// The output up to the next mark, and that.
    found next();
    /// What was held back: nothing more will come.
    std::string rest() { return text_.substr(begin_); }

  private:
    std::size_t held_back() const;

    std::vector<std::string> marks_;
    std::vector<std::size_t> at_;  // where in the text each of them comes next
    std::string text_;
    std::size_t begin_ = 0;  // of what was not handed on
};

}  // namespace muster::shell
