// SPDX-License-Identifier: MIT
// What the engine itself ends a host's life with.
#pragma once

#include <string>
#include <utility>

#include <muster/report.hpp>

namespace muster {

/// Thrown inside the engine: the host ends in `state` because of `why`, which the engine has found out and the
/// transport has not. What a caller sees of it has the whole sentence.
class host_failure : public transport_error {
  public:
    host_failure(final_state state, muster::stage stage, remark why, std::string note = {})
        : transport_error(state, stage, error_message({&why, 1}, note)), why_(why), note_(std::move(note)) {}

    remark const& why() const noexcept { return why_; }
    std::string const& note() const noexcept { return note_; }  ///< what the transport says besides

  private:
    remark why_;
    std::string note_;
};

}  // namespace muster
