// SPDX-License-Identifier: MIT
// Which muster this is.
#pragma once

#include <string_view>

// The build reads the version from here.
#define MUSTER_VERSION_MAJOR 0
#define MUSTER_VERSION_MINOR 1
#define MUSTER_VERSION_PATCH 0

namespace muster {

/// Of the library that is linked, "0.1.0"; a program can compare it with the macros, which tell that of the headers.
std::string_view library_version() noexcept;

}  // namespace muster
