// SPDX-License-Identifier: MIT
// A stream of output with marks in it that no view shall see.
#pragma once

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

    explicit marked_stream(std::vector<std::string> marks) : marks_(std::move(marks)) {}

    void feed(std::string_view bytes) { text_ += bytes; }
    /// The output up to the next mark, and that.
    found next();
    /// What was held back: nothing more will come.
    std::string rest() { return std::move(text_); }

  private:
    std::size_t held_back() const;

    std::vector<std::string> marks_;
    std::string text_;
};

}  // namespace muster::shell
