// SPDX-License-Identifier: MIT
// Takes the server's KEXINIT apart and compares it with what was offered.
#include "ssh/connection/key_exchange_offer.hpp"

#include <algorithm>

#include "ssh/bytes/plain_text.hpp"
#include "ssh/bytes/wire.hpp"

namespace muster::ssh {

namespace {

constexpr unsigned kexinit = 20;  // SSH_MSG_KEXINIT
constexpr std::size_t shown_limit = 300;

bool names(std::string_view list, std::string_view text) {
    for (;;) {
        auto const end = std::min(list.find(','), list.size());
        if (list.substr(0, end) == text) return true;
        if (end == list.size()) return false;
        list.remove_prefix(end + 1);
    }
}

bool have_common(std::string_view ours, std::string_view theirs) {
    while (!ours.empty()) {
        auto const end = std::min(ours.find(','), ours.size());
        if (names(theirs, ours.substr(0, end))) return true;
        ours.remove_prefix(std::min(end + 1, ours.size()));
    }
    return false;
}

/// Whether the cipher that both sides settle on leaves authentication to another algorithm.
bool needs_mac(std::string_view ours, std::string_view theirs) {
    while (!ours.empty()) {
        auto const end = std::min(ours.find(','), ours.size());
        auto const text = ours.substr(0, end);
        if (names(theirs, text)) return text.find("-gcm") == text.npos && text.find("poly1305") == text.npos;
        ours.remove_prefix(std::min(end + 1, ours.size()));
    }
    return false;
}

std::string disagreement(std::string_view what, std::string_view ours, std::string_view theirs) {
    if (have_common(ours, theirs)) return {};
    return "no common " + std::string(what) + "; the server offers: " + plain_text(theirs, shown_limit);
}

}  // namespace

std::string no_common_algorithm(std::string_view packet, offered_algorithms const& ours) {
    try {
        wire_reader reader(view_of(packet));
        reader.u32();  // length
        reader.u8();   // length of the padding
        if (reader.u8() != kexinit) return {};
        reader.take(16);  // cookie
        auto reason = disagreement("key exchange algorithm", ours.key_exchange, reader.text());
        auto const host_key = reader.text();
        auto const to_server = reader.text();
        auto const to_client = reader.text();
        if (reason.empty()) reason = disagreement("host key algorithm", ours.host_key, host_key);
        if (reason.empty()) reason = disagreement("cipher", ours.cipher, to_server);
        if (reason.empty()) reason = disagreement("cipher", ours.cipher, to_client);
        auto const mac_to_server = reader.text();
        auto const mac_to_client = reader.text();
        if (reason.empty() && needs_mac(ours.cipher, to_server))
            reason = disagreement("message authentication code", ours.mac, mac_to_server);
        if (reason.empty() && needs_mac(ours.cipher, to_client))
            reason = disagreement("message authentication code", ours.mac, mac_to_client);
        if (!reason.empty()) return reason;
        auto const compression_to_server = reader.text();
        auto const compression_to_client = reader.text();
        reason = disagreement("compression (muster has none)", "none", compression_to_server);
        if (reason.empty()) reason = disagreement("compression (muster has none)", "none", compression_to_client);
        return reason;
    } catch (wire_error const&) {
        return {};
    }
}

}  // namespace muster::ssh
