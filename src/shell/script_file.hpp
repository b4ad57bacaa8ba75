// SPDX-License-Identifier: MIT
// A script of this machine that runs on a host: who interprets it, and how it gets there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <muster/error.hpp>

namespace muster::shell {

/// A script that can't be run; `what()` is the reason.
struct script_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// The words of its #! line, the path and perhaps one argument, as the kernel reads them (execve(2)); /bin/sh when
/// there is none. Throws script_error.
std::vector<std::string> interpreter_of(std::string_view text);

struct script_terms {
    std::string mark;  ///< a word that no other program writes: it begins each answer
    std::uint64_t size = 0;
    std::string sha256;
    std::string name;  ///< what the script finds in MUSTER_SCRIPT
    std::vector<std::string> interpreter;
    std::vector<std::string> arguments;
};

/// Answers "MARK send", reads so many bytes of its standard input into a file that has lost its name by then, answers
/// "MARK go" and becomes the interpreter, which reads the script as /dev/fd/3 and has the rest of the standard input
/// for itself. Nothing may be sent behind the script's bytes before "go". Nothing stays on the host, however it ends.
/// Exit status 74: something else came than was announced.
std::string script_command(script_terms const& terms, std::string_view shell = "/bin/sh");

}  // namespace muster::shell
