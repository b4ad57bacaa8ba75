// SPDX-License-Identifier: MIT
// Where this build's files are; constants, set when the build is configured.
#pragma once

namespace muster::test {

extern const char* const source_dir;  // the top of the repository
extern const char* const build_dir;   // the top of the build folder; examples are in its folder tests
extern const char* const program;     // the built muster
extern const char* const newer_sshd;  // of a newer system, for MUSTER_FLEET_PROGRAM; empty if there is none
extern const char* const newer_ssh;   // the client of a newer system; empty if there is none
extern const char* const sshd;  // OpenSSH's server, empty if there is none; where it needs more, packaging/fleet knows

}  // namespace muster::test
