// SPDX-License-Identifier: MIT
// Chooses by the server's list; knows the servers that say nothing of SHA-2, or mean something else.
#include "ssh/login/signature_algorithm.hpp"

#include <algorithm>
#include <charconv>

#include "ssh/keys/certificate.hpp"
#include "ssh/keys/public_key.hpp"

namespace muster::ssh {

namespace {

bool holds(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        auto const entry = list.substr(0, list.find(','));
        if (entry == name) return true;
        list.remove_prefix(std::min(entry.size() + 1, list.size()));
    }
    return false;
}

/// OpenSSH before 7.8 wants the certificate of an RSA key signed with SHA-1, whatever is in its list.
bool wants_sha1_for_certificates(std::string_view banner) {
    constexpr std::string_view name = "OpenSSH_";
    auto const position = banner.find(name);
    if (position == banner.npos) return false;
    auto const* const end = banner.data() + banner.size();
    int major = 0;
    int minor = 0;
    auto const dot = std::from_chars(banner.data() + position + name.size(), end, major);
    if (dot.ec != std::errc() || dot.ptr == end || *dot.ptr != '.') return false;
    if (std::from_chars(dot.ptr + 1, end, minor).ec != std::errc()) return false;
    return major < 7 || (major == 7 && minor < 8);
}

std::string_view found_or_none(std::span<std::string_view const> allowed, auto const& wanted) {
    auto const found = std::ranges::find_if(allowed, wanted);
    return found == allowed.end() ? std::string_view() : *found;
}

}  // namespace

std::string_view signature_algorithm(std::string_view key_type, std::span<std::string_view const> allowed,
                                     server_signatures const& server) {
    auto const own = found_or_none(allowed, [&](auto name) { return name == key_type; });
    if (!key_type.starts_with("ssh-rsa")) return own;
    if (is_certificate(key_type) && wants_sha1_for_certificates(server.banner)) return own;
    if (!server.algorithms) return !own.empty() || allowed.empty() ? own : allowed.front();
    return found_or_none(allowed, [&](auto name) { return holds(*server.algorithms, plain_algorithm(name)); });
}

}  // namespace muster::ssh
