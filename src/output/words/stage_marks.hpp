// SPDX-License-Identifier: MIT
// Tells what a host's check and its steps for the end print from what its command prints.
#pragma once

#include <string>
#include <string_view>

#include <muster/event.hpp>

namespace muster::output {

/// Of one stream of a host: puts the stage in front of each line that no command printed, "check: well".
class stage_marks {
  public:
    /// The bytes with their marks; valid until the next call, and as long as `bytes`.
    std::string_view mark(stage printed_by, std::string_view bytes);

  private:
    stage last_ = stage::command;
    bool at_line_begin_ = true;
    std::string marked_;
};

}  // namespace muster::output
