// SPDX-License-Identifier: MIT
// How a run of the program ended, and the one place that makes an exit code of it.
#pragma once

#include <optional>

#include <muster/error.hpp>

namespace muster::cli {

/// Everything that decides the exit code.
struct run_ending {
    int signal = 0;                    ///< the signal that ended the run; 0: none
    bool reader_gone = false;          ///< standard output was closed by its reader
    bool output_failed = false;        ///< something could not be written
    std::optional<exit_status> error;  ///< what broke the run or kept it from starting
    int hosts = 0;                     ///< muster::exit_code of the report
    bool hosts_left_out = false;       ///< by --resume: the command may still run there
};

/// The first that applies, in the order of the members.
int exit_code(run_ending const& ending) noexcept;

}  // namespace muster::cli
