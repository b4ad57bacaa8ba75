// SPDX-License-Identifier: MIT
// Parses the hosts on the way, and finds those that lead back to themselves.
#include "ssh_config/jump_route.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "ssh_config/config_line.hpp"

namespace muster::ssh_config {
namespace {

constexpr std::size_t most_hops = 16;

/// The part behind the last colon that is none of an IPv6 address without brackets.
std::optional<host> parse_place(std::string_view text) {
    host out;
    std::string_view port;
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == text.npos) return {};
        out.name = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return {};
    } else {
        auto const colon = hosts::is_ipv6(text) ? text.npos : text.find(':');
        out.name = text.substr(0, colon);
        if (colon != text.npos) port = text.substr(colon);
    }
    if (hosts::name_fault(out.name)) return {};
    if (port.empty()) return out;
    out.port = hosts::to_port(port.substr(1));
    if (!out.port) return {};
    return out;
}

std::optional<host> parse_jump(std::string_view text) {
    constexpr std::string_view scheme = "ssh://";
    if (text.starts_with(scheme)) {
        text.remove_prefix(scheme.size());
        if (text.ends_with('/')) text.remove_suffix(1);
    }
    auto const position = text.rfind('@');
    auto out = parse_place(position == text.npos ? text : text.substr(position + 1));
    if (!out || position == text.npos) return out;
    out->user = text.substr(0, position);
    if (out->user.empty() || hosts::user_fault(out->user)) return {};
    return out;
}

std::string key_of(std::vector<host> const& hops) {
    std::string key;
    for (auto const& hop : hops) key += hop.label() + ',';
    return key;
}

/// But for how they were written.
bool same_way(endpoint const& item, endpoint other) {
    other.label = item.label;
    other.name = item.name;
    return item == other;
}

}  // namespace

std::optional<std::vector<host>> parse_jumps(std::string_view text) {
    std::vector<host> out;
    if (equal_ignoring_case(text, "none")) return out;
    for (;;) {
        auto const end = std::min(text.find(','), text.size());
        auto host = parse_jump(text.substr(0, end));
        if (!host) return {};
        out.push_back(std::move(*host));
        if (end == text.size()) return out;
        text.remove_prefix(end + 1);
    }
}

std::shared_ptr<endpoint const> jump_routes::to(std::vector<host> const& hops) {
    auto const key = key_of(hops);
    if (auto const found = std::ranges::find(known_, key, &way::key); found != known_.end()) return found->end;
    bool const loop = std::ranges::find(in_the_making_, key) != in_the_making_.end();
    if (loop || in_the_making_.size() == most_hops) {
        endpoint broken;
        broken.label = hops.back().label();
        broken.error = loop ? fmt::format("the way to {} leads through {} itself; ProxyJump none for that host ends it",
                                          broken.label, broken.label)
                            : fmt::format("more than {} hosts to jump over", most_hops);
        return std::make_shared<endpoint const>(std::move(broken));
    }
    in_the_making_.push_back(key);
    auto made = make_(hops.back(), {hops.begin(), hops.end() - 1});
    in_the_making_.pop_back();
    auto const equal = std::ranges::find_if(known_, [&](auto const& item) { return same_way(*item.end, made); });
    auto end = equal != known_.end() ? equal->end : std::make_shared<endpoint const>(std::move(made));
    known_.push_back({key, end});
    return end;
}

}  // namespace muster::ssh_config
