// SPDX-License-Identifier: MIT
// Texts of a job that no host can be given, since they hold a NUL byte: a shell would cut them there.
#pragma once

#include <string>

#include <muster/job.hpp>

namespace muster {

/// What of the step has one: "the command"; empty: nothing.
std::string text_with_nul_byte(step const& step);
/// The same of all steps of a job.
std::string text_with_nul_byte(job const& job);

/// Throws std::invalid_argument.
void require_no_nul_byte(job const& job);

}  // namespace muster
