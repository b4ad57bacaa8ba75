// SPDX-License-Identifier: MIT
// Key files: the input as a file, and as what an OpenSSH private key file has between its marks. Whatever is accepted
// signs.
#include "ssh/keys/private_key.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace muster::ssh;

namespace {

void open(std::string const& content) {
    try {
        auto const key = private_key::parse(content, "key");
        if (key.sign(view_of("data"), key.algorithms().front()).empty()) std::abort();
        if (!well_formed(key.public_blob())) std::abort();
    } catch (key_error const&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const raw(text_of({data, size}));
    open(raw);
    open("-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64({data, size}) + "\n-----END OPENSSH PRIVATE KEY-----\n");
    auto const line = parse_public_key(raw);
    if (line && (!well_formed(line->blob) || fingerprint(line->blob).size() != 50)) std::abort();
    return 0;
}
