// SPDX-License-Identifier: MIT
// Every view of what hosts print, once: a new one is a row here, a row in the option table and its own files.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <muster/sink.hpp>

#include "cli/options/arguments.hpp"
#include "output/json/result_json.hpp"
#include "output/terminal/writer.hpp"
#include "output/words/rerun.hpp"

namespace muster::cli {

/// What a view is made of.
struct view_context {
    arguments const& args;
    output::writer& writer;
    output::writer::target out;  ///< standard output
    output::writer::target err;  ///< standard error
};

/// What a view can't be shown with stands in the row of its option.
struct view_row {
    std::string_view name;
    bool (*wanted)(arguments const& args);
    /// Throws write_error.
    std::unique_ptr<sink> (*make)(view_context const& from);
    std::size_t descriptors = 0;  ///< that it keeps open per host
};

/// The shard that the run is; all of its list without --shard.
output::part_of_list part_of(arguments const& args);

bool is_terminal(int descriptor);
/// Whether what is written to it is coloured.
bool is_coloured(int descriptor, arguments const& args);

/// As the options have it, for every view that says how to run what is left.
output::rerun rerun_of(arguments const& args);

/// In the order in which they are told what happens.
std::span<view_row const> view_table() noexcept;

}  // namespace muster::cli
