// SPDX-License-Identifier: MIT
// One stream of a host, kept whole: its end in memory, the rest in a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "output/spill_file.hpp"
#include "output/utf8.hpp"
#include "output/writer.hpp"

namespace muster::output {

/// Takes any number of bytes in at most spill_file::slot_size of memory. For the loop's thread.
class gathered {
  public:
    /// What is kept goes to `file`, on the thread of `through`, before anything that is written to `to` afterwards.
    void append(std::string_view bytes, std::shared_ptr<spill_file> const& file, writer& through, writer::target to);

    bool is_text() const noexcept { return check_.valid(); }
    /// All of it when nothing went to the file, else the end.
    std::string_view in_memory() const noexcept { return tail_; }
    bool spilled() const noexcept { return !slots_.empty(); }

    /// Yields the whole stream as the inside of a JSON string, escaped when it is text, else in base64. The slots are
    /// released with the last copy of the source.
    static writer::source as_json(gathered&& stream, std::shared_ptr<spill_file> file);

  private:
    std::string tail_;
    std::vector<spill_file::slot> slots_;
    utf8_check check_;
};

}  // namespace muster::output
