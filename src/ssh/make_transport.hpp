// SPDX-License-Identifier: MIT
// The door to the SSH transport: no file outside src/ssh needs its parts.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>

#include <muster/transport.hpp>

#include "ssh/login/login_options.hpp"

namespace muster::ssh {

/// Over libssh2. Belongs to that loop; outlives its connections and ends before the loop's io_context. Without `logins`
/// no user is asked for anything. `jump_timeout` is for jump hosts that have no limit of their own; zero: none.
std::unique_ptr<transport> make_transport(asio::any_io_executor loop, login_options logins = {},
                                          std::chrono::nanoseconds jump_timeout = std::chrono::seconds(10));

/// For a program that ends with its process, before anything else of this layer: libcrypto frees nothing at exit.
void skip_cleanup_at_exit();

/// "libssh2 1.11.1, OpenSSL 3.0.17 ...": the versions that are linked; in a second line, whose post-quantum key
/// exchange there is.
std::string library_versions();

}  // namespace muster::ssh
