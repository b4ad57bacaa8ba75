// SPDX-License-Identifier: MIT
// A run as one page for a browser: complete in one file, and it asks nothing of any network.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <muster/report.hpp>

#include "output/grouped/output_group.hpp"
#include "output/page/page_timeline.hpp"

namespace muster::output {

/// What a page tells besides the report.
struct page_contents {
    std::string title;                                        ///< the command
    std::string when;                                         ///< the run's beginning
    std::string again;                                        ///< the command that runs the rest; empty: none
    std::vector<host_times> times;                            ///< of each host of the report
    std::vector<page_band> bands;                             ///< of a rollout
    std::vector<std::shared_ptr<output_group const>> groups;  ///< the largest first
    bool has_output = true;                                   ///< false: it was not recorded
};

/// The page in pieces, of which `emit` may be called with any number. Everything that hosts or the user said is text. A
/// Content-Security-Policy in the page lets only its own style and script be used. Without scripts all is there but the
/// search. Call it on the writer's thread.
void write_page(report const& results, page_contents const& contents,
                std::function<void(std::string_view)> const& emit);

}  // namespace muster::output
