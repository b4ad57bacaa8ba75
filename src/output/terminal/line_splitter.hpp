// SPDX-License-Identifier: MIT
// Cuts a stream that comes in any pieces into lines; the same bytes give the same lines, however they came.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "output/terminal/utf8.hpp"

namespace muster::output {

enum class line_end {
    line_feed,
    cut,     ///< the line is longer than the limit and goes on
    stream,  ///< nothing follows
};

/// A line or, when it is longer than the limit, a part of one. Borrowed from the bytes fed or from the splitter.
struct line_part {
    std::string_view text;  ///< without the line feed
    bool first;             ///< the line begins here
    line_end end;
};

/// Holds at most `limit` bytes, or 4 where that is less: the line that is not complete yet.
class line_splitter {
  public:
    static constexpr std::size_t longest_character = 4;  ///< in UTF-8; none is cut in two

    /// `overwriting`: a carriage return sends the cursor back as on a terminal, so what stands before it need not be
    /// kept when the line grows over the limit.
    explicit line_splitter(std::size_t limit = std::size_t{64} << 10, bool overwriting = false)
        : limit_(std::max(limit, longest_character)), overwriting_(overwriting) {}

    /// Calls `emit(line_part)` for each line that `bytes` completes and each part that reaches the limit.
    template <class Emit>
    void feed(std::string_view bytes, Emit&& emit) {
        while (!bytes.empty()) {
            auto const room = limit_ - held_.size();
            auto const window = bytes.substr(0, room + 1);  // a line of `limit` bytes and its line feed are not cut
            if (auto const* end = static_cast<char const*>(std::memchr(window.data(), '\n', window.size()))) {
                auto const size = static_cast<std::size_t>(end - window.data());
                emit(line_part{joined(bytes.substr(0, size)), first_, line_end::line_feed});
                begin_line();
                bytes.remove_prefix(size + 1);
            } else if (bytes.size() <= room) {
                held_ += bytes;
                return;
            } else {
                held_ += bytes.substr(0, room);
                bytes.remove_prefix(room);
                cut(emit);
            }
        }
    }

    /// The stream ended: emits what was not closed by a line feed.
    template <class Emit>
    void finish(Emit&& emit) {
        if (!held_.empty() || !first_) emit(line_part{held_, first_, line_end::stream});
        begin_line();
    }

  private:
    std::string_view joined(std::string_view end) {
        if (held_.empty()) return end;
        held_ += end;
        return held_;
    }

    void begin_line() noexcept {
        held_.clear();
        first_ = true;
    }

    /// The line is longer than the limit. A character is never cut in two.
    template <class Emit>
    void cut(Emit&& emit) {
        auto const back = held_.rfind('\r', held_.size() - 2);  // a last one may belong to a line feed still to come
        if (overwriting_ && back != std::string::npos) {
            held_.erase(0, back + 1);
            return;
        }
        auto const whole = held_.size() - incomplete_tail(held_);
        emit(line_part{std::string_view(held_).substr(0, whole), first_, line_end::cut});
        held_.erase(0, whole);
        first_ = false;
    }

    std::string held_;
    std::size_t limit_;
    bool overwriting_;
    bool first_ = true;
};

}  // namespace muster::output
