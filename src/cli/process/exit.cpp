// SPDX-License-Identifier: MIT
// The order in which the causes of an exit code win.
#include "cli/process/exit.hpp"

namespace muster::cli {

int exit_code(run_ending const& ending) noexcept {
    if (ending.signal != 0) return 128 + ending.signal;
    if (ending.reader_gone) return static_cast<int>(exit_status::reader_gone);
    if (ending.output_failed) return static_cast<int>(exit_status::local_error);
    if (ending.error) return static_cast<int>(*ending.error);
    if (ending.hosts != 0) return ending.hosts;
    return static_cast<int>(ending.hosts_left_out ? exit_status::failed : exit_status::ok);
}

}  // namespace muster::cli
