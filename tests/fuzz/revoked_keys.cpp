// SPDX-License-Identifier: MIT
// RevokedHostKeys files: an error, or a set that can be asked.
#include "ssh/known_hosts/revoked_keys.hpp"

#include <cstdint>

using namespace muster::ssh;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    try {
        (void)revoked_keys::parse(text_of({data, size}), "list").contains({data, size});
    } catch (revoked_keys_error const&) {
    }
    return 0;
}
