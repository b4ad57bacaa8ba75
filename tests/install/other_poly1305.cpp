// SPDX-License-Identifier: MIT
// A function of the program that is called as one inside of libssh2 and of OpenSSH.
#include <cstddef>

namespace {
int calls = 0;
}

extern "C" void poly1305_auth(unsigned char* out, unsigned char const*, std::size_t, unsigned char const*) {
    out[0] = 42;
    ++calls;
}

extern "C" int other_library() {
    unsigned char out[16] = {}, key[32] = {};
    calls = 0;
    poly1305_auth(out, key, 1, key);
    return out[0] == 42 && calls == 1 ? 0 : 1;
}
