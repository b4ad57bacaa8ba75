// SPDX-License-Identifier: MIT
// The version that the library was built as.
#include <muster/version.hpp>

#define MUSTER_TEXT_NOW(a, b, c) #a "." #b "." #c
#define MUSTER_TEXT(a, b, c) MUSTER_TEXT_NOW(a, b, c)

namespace muster {

std::string_view library_version() noexcept {
    return MUSTER_TEXT(MUSTER_VERSION_MAJOR, MUSTER_VERSION_MINOR, MUSTER_VERSION_PATCH);
}

}  // namespace muster
