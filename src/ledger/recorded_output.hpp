// SPDX-License-Identifier: MIT
// What hosts printed, from the results of a run's JSON Lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ledger {

/// A host's two streams, as recorded; empty where nothing was.
using output_taker = std::function<void(std::string const& host, std::string_view out, std::string_view err)>;

/// Calls `take` for each result that has output, in the order of the files. Lines that are no JSON are passed over.
void each_output(std::vector<std::string> const& paths, output_taker const& take);

}  // namespace muster::ledger
