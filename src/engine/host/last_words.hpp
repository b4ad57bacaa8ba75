// SPDX-License-Identifier: MIT
// What a script of muster's own leaves on its standard error.
#pragma once

#include <string>
#include <string_view>

#include <muster/report.hpp>

namespace muster {

/// The end of it, as one line.
class last_words {
  public:
    void take(std::string_view bytes);
    std::string text() const;
    /// Why a script that ended like this did not do its work, never empty: its own words, else how it ended.
    std::string reason(host_result const& end) const;

  private:
    std::string kept_;
};

}  // namespace muster
