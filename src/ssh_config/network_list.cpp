// SPDX-License-Identifier: MIT
// Reads networks in CIDR form and compares addresses with them.
#include "ssh_config/network_list.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "hosts/host_text.hpp"

namespace muster::ssh_config {
namespace {

struct network {
    std::vector<unsigned char> address;  // 4 or 16 bytes
    unsigned bits = 0;
};

std::vector<unsigned char> to_bytes(std::string const& text) {
    std::vector<unsigned char> out(16);
    if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
    out.resize(4);
    if (inet_pton(AF_INET, text.c_str(), out.data()) != 1) out.clear();
    return out;
}

bool bit_of(std::vector<unsigned char> const& address, unsigned index) {
    return ((address[index / 8] >> (7 - index % 8)) & 1u) != 0;
}

std::optional<unsigned> to_bits(std::string_view text, unsigned most) {
    unsigned out = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || out > most) return {};
    return out;
}

std::optional<network> parse_network(std::string_view text) {
    auto const slash = std::min(text.find('/'), text.size());
    network out{to_bytes(std::string(text.substr(0, slash))), 0};
    if (out.address.empty()) return {};
    auto const most = static_cast<unsigned>(out.address.size()) * 8;
    auto const bits = slash == text.size() ? most : to_bits(text.substr(slash + 1), most);
    if (!bits) return {};
    out.bits = *bits;
    for (auto bit = out.bits; bit < most; ++bit)
        if (bit_of(out.address, bit)) return {};
    return out;
}

bool holds(network const& network, std::vector<unsigned char> const& address) {
    if (network.address.size() != address.size()) return false;
    for (unsigned bit = 0; bit < network.bits; ++bit)
        if (bit_of(network.address, bit) != bit_of(address, bit)) return false;
    return true;
}

// Calls `use` with each part between commas until it returns false.
template <typename Use>
void for_each_part(std::string_view list, Use use) {
    for (;;) {
        auto const end = std::min(list.find(','), list.size());
        if (!use(list.substr(0, end)) || end == list.size()) return;
        list.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<std::string> networks_fault(std::string_view list) {
    std::optional<std::string> error;
    for_each_part(list, [&](std::string_view part) {
        if (!parse_network(part))
            error = fmt::format("\"{}\" is no network such as 192.0.2.0/24", hosts::printable(part));
        return !error;
    });
    return error;
}

bool is_in_networks(std::string_view address, std::string_view list) {
    auto const bytes = to_bytes(std::string(address.substr(0, address.find('%'))));
    bool found = false;
    for_each_part(list, [&](std::string_view part) {
        auto const item = parse_network(part);
        found = item && holds(*item, bytes);
        return !found;
    });
    return found;
}

}  // namespace muster::ssh_config
