// SPDX-License-Identifier: MIT
// Looks into the file, then beside it, then into the unencrypted half of a private key.
#include "ssh/keys/public_key_file.hpp"

#include "ssh/bytes/read_file.hpp"
#include "ssh/keys/openssh_key.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace muster::ssh {

namespace {

constexpr std::size_t largest_key_file = std::size_t{1} << 20U;

secret_text content_of(std::string const& path) {
    try {
        return read_file(path, largest_key_file).text;
    } catch (std::system_error const&) {
        return {};
    }
}

/// The first line that holds a public key.
std::optional<public_key> first_public_key(std::string_view content) {
    while (!content.empty()) {
        auto line = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(line.size() + 1, content.size()));
        while (line.ends_with('\r')) line.remove_suffix(1);
        if (auto key = parse_public_key(line)) return key;
    }
    return std::nullopt;
}

}  // namespace

std::optional<public_key> read_public_key(std::string const& path) {
    auto const content = content_of(path);
    auto key = first_public_key(content);
    if (!key) key = first_public_key(content_of(path + ".pub"));
    if (!key) key = openssh_public_half(content);
    return key;
}

}  // namespace muster::ssh
