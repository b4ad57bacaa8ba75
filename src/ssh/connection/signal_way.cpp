// SPDX-License-Identifier: MIT
// Compares the server's version with the first that forwards signals.
#include "ssh/connection/signal_way.hpp"

#include <charconv>
#include <optional>

namespace muster::ssh {

namespace {

struct version {
    unsigned major = 0;
    unsigned minor = 0;
    auto operator<=>(version const&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
};

constexpr version first_with_signals{7, 9};
constexpr version first_with_signals_for_root{9, 8};

/// Of "SSH-2.0-OpenSSH_9.2p1 Debian-2".
std::optional<version> openssh_version(std::string_view banner) noexcept {
    constexpr std::string_view product = "-OpenSSH_";
    auto const position = banner.find(product);
    if (position == std::string_view::npos) return std::nullopt;
    banner.remove_prefix(position + product.size());
    auto const* const end = banner.data() + banner.size();
    version found;
    auto const [dot, failed] = std::from_chars(banner.data(), end, found.major);
    if (failed != std::errc() || dot == end || *dot != '.') return std::nullopt;
    if (std::from_chars(dot + 1, end, found.minor).ec != std::errc()) return std::nullopt;
    return found;
}

}  // namespace

signal_way way_to_signal(std::string_view banner, std::string_view user) noexcept {
    auto const server = openssh_version(banner);
    if (!server) return signal_way::request;
    bool const never = *server < first_with_signals || (user == "root" && *server < first_with_signals_for_root);
    return never ? signal_way::channel : signal_way::request;
}

// "/home/me/.ssh/authorized_keys:1: key options: agent-forwarding command user-rc"; before 7.8 "Forced command."
bool tells_forced_command(std::string_view debug_message) noexcept {
    if (debug_message.find("Forced command") != std::string_view::npos) return true;
    auto const options = debug_message.find("key options:");
    if (options == std::string_view::npos) return false;
    auto const rest = debug_message.substr(options);
    auto const word = rest.find(" command");
    if (word == std::string_view::npos) return false;
    auto const behind = word + std::string_view(" command").size();
    return behind == rest.size() || rest[behind] == ' ' || rest[behind] == '\n';
}

}  // namespace muster::ssh
