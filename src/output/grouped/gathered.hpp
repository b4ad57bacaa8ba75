// SPDX-License-Identifier: MIT
// One stream of a host, kept whole: its end in memory, the rest in a file.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "output/terminal/spill_file.hpp"
#include "output/terminal/utf8.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// Takes any number of bytes in at most spill_file::slot_size of memory. What is over `limit` is counted and dropped.
/// Filled on the loop's thread, then constant; its slots are released with it.
class gathered {
  public:
    static constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

    explicit gathered(std::shared_ptr<spill_file> file, std::uint64_t limit = unlimited)
        : file_(std::move(file)), limit_(limit) {}
    gathered(gathered&& other) noexcept;
    gathered& operator=(gathered&&) = delete;
    ~gathered() { file_->release(slots_); }

    /// What doesn't fit goes to the file, on the thread of `through`, before anything that is written to `to`
    /// afterwards.
    void append(std::string_view bytes, writer& through, writer::target to);
    /// Nothing more comes: leaves at most `in_memory` bytes in memory.
    void finish(std::size_t in_memory, writer& through, writer::target to);

    bool is_text() const noexcept { return check_.valid(); }
    bool empty() const noexcept { return size_ == 0; }
    /// Bytes kept, and bytes dropped.
    std::uint64_t size() const noexcept { return size_; }
    std::uint64_t dropped() const noexcept { return dropped_; }
    /// All of it when nothing went to the file, else the end.
    std::string_view in_memory() const noexcept { return tail_; }
    bool spilled() const noexcept { return !slots_.empty(); }

    /// The slot or, behind the last one, the end in memory; false when `index` is behind that. For the thread of the
    /// writer. Throws write_error.
    bool read(std::size_t index, std::string& piece) const;

    /// Yields the whole stream as the inside of a JSON string, escaped when it is text, else in base64.
    static writer::source as_json(gathered&& stream);

  private:
    void spill_tail(writer& through, writer::target to);

    std::shared_ptr<spill_file> file_;
    std::uint64_t limit_;
    std::uint64_t size_ = 0;
    std::uint64_t dropped_ = 0;
    std::string tail_;
    std::vector<spill_file::slot> slots_;
    std::size_t last_slot_size_ = spill_file::slot_size;
    utf8_check check_;
};

}  // namespace muster::output
