// SPDX-License-Identifier: MIT
// The base of muster's exceptions, and the exit codes that the program has for them.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace muster {

/// The program's exit codes. They are stable; an end by a signal is 128 + its number, and -S has codes of its own.
enum class exit_status : int {
    ok = 0,             ///< every host ended `ok`
    failed = 1,         ///< a command failed, or a host was not started or was left out
    usage = 2,          ///< command line, configuration or hosts: nothing was started
    unreachable = 3,    ///< no command failed, but a host could not be used
    local_error = 4,    ///< an error of this machine (a full disk, say): results are incomplete
    reader_gone = 141,  ///< standard output was closed by its reader, as by `| head`
};

/// `what()` is for the user: host or file, the reason, the way out, in one or more lines.
class error : public std::runtime_error {
  public:
    error(exit_status status, std::string const& message) : std::runtime_error(message), status_(status) {}

    /// The exit code of a program that this ends.
    exit_status status() const noexcept { return status_; }

  private:
    exit_status status_;
};

/// A base for errors that all have one exit code: `struct my_error : error_with<exit_status::usage>` and
/// `using error_with::error_with`.
template <exit_status Status>
struct error_with : error {
    explicit error_with(std::string const& message) : error(Status, message) {}
};

/// Something could not be written. `what()` names the target and the reason.
class write_error : public error_with<exit_status::local_error> {
  public:
    /// `code` is an errno.
    write_error(std::string const& target, int code)
        : error_with(target + ": " + std::system_category().message(code)), code_(code) {}

    int code() const noexcept { return code_; }

  private:
    int code_;
};

}  // namespace muster
