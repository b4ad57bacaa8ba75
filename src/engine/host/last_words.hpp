// SPDX-License-Identifier: MIT
// What a script of muster's own leaves on its standard error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <muster/report.hpp>

namespace muster {

/// The end of it, as one line; a long line of it without its middle.
class last_words {
  public:
    void take(std::string_view bytes);
    std::string text() const;
    /// Why a script that ended like this did not do its work, never empty: its own words, else how it ended.
    std::string reason(host_result const& end) const;

  private:
    void shorten_line();

    std::string kept_;
    std::size_t line_ = 0;  // where its last line begins
};

}  // namespace muster
