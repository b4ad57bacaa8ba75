// SPDX-License-Identifier: MIT
// What the program does to its own process, and nowhere else: standard descriptors, signals' defaults, limits, the way
// out.
#pragma once

#include <cstddef>
#include <string_view>

#include <muster/error.hpp>

namespace muster::cli {

/// A line "muster: TEXT" on standard error, past the writer of a run; `text` is made harmless, as names of files stand
/// in it. Where that can't be written the line is lost.
void say(std::string_view text) noexcept;

/// Opens /dev/null in place of standard descriptors that are closed, so that no socket takes their number. Output to a
/// closed standard output stays an error.
void open_standard_descriptors();

/// SIGPIPE and SIGXFSZ are ignored: a closed pipe and a full file are errors of the write. SIGCHLD is not, whatever we
/// were started with: local commands are waited for. Call before threads start.
void set_signal_defaults();

/// One arena of the heap for all threads: the loop allocates nearly all there is. Call before threads start.
void set_heap_defaults();
/// Gives back to the system what the heap holds and nothing uses: what a list of a million hosts was made with.
void trim_heap();

/// The limit of open files leaves no room for a single host.
struct too_few_files : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// Raises the soft limit of open files to the hard one and returns how many sessions of `each` files fit below it.
/// To be called before the loop is there, and after all else that is opened for the run. Throws too_few_files.
std::size_t raise_open_files(std::size_t each);

/// Raises the soft limit of the user's processes to the hard one and returns how many more it allows. Root has none.
std::size_t processes_left();

/// While it lives, a crash of this process leaves no core file, and no other process of the user can read its memory:
/// secrets are in it. Programs that are started from here are not concerned.
class memory_guard {
  public:
    memory_guard() noexcept;
    ~memory_guard();
    memory_guard(memory_guard const&) = delete;
    memory_guard& operator=(memory_guard const&) = delete;

  private:
    int before_;
};

/// Ends the program as if `signal` had killed it: the default action is restored and the signal raised again. As
/// process 1, which the default action does not end, it exits with 128 + signal.
[[noreturn]] void die_of(int signal);

}  // namespace muster::cli
