// SPDX-License-Identifier: MIT
// A host's label, and the ordered list without duplicates.
#include <muster/host.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "hosts/host_text.hpp"

namespace muster {
namespace {

bool is_address(std::string const& name) {
    return name.find(':') != std::string::npos;
}

void check(std::string const& text, std::optional<hosts::text_fault> const& error) {
    if (error) throw host_syntax_error(error->reason, text, error->position);
}

std::size_t hash_of(host const& host) {
    auto const name = std::hash<std::string>{}(hosts::canonical_name(host.name));
    return name ^ (std::hash<std::string>{}(host.user) * 3) ^ (host.port.value_or(0) * std::size_t{0x9e3779b97f4a7c15});
}

bool same(host const& a, host const& b) {
    if (a.user != b.user || a.port != b.port) return false;
    return a.name == b.name || hosts::canonical_name(a.name) == hosts::canonical_name(b.name);
}

constexpr std::size_t shown_before = 50;  // how much of a long pattern excerpt() keeps before and after the column
constexpr std::size_t shown_after = 25;

}  // namespace

std::string host_syntax_error::excerpt() const {
    auto const column = std::min(column_, pattern_.size());
    auto const from = column > shown_before ? column - shown_before : 0;
    auto const to = std::min(pattern_.size(), column + shown_after);
    std::string const before = from > 0 ? "..." : "";
    std::string const after = to < pattern_.size() ? "..." : "";
    return before + hosts::printable(std::string_view(pattern_).substr(from, to - from)) + after + '\n' +
           std::string(before.size() + column - from, ' ') + '^';
}

std::string host::label() const {
    auto const bracketed = port && is_address(name);
    return fmt::format("{}{}{}{}{}{}", user, user.empty() ? "" : "@", bracketed ? "[" : "", name, bracketed ? "]" : "",
                       port ? fmt::format(":{}", *port) : "");
}

void host_list::add(host host) {
    check(host.name, hosts::name_fault(host.name));
    if (!host.user.empty()) check(host.user, hosts::user_fault(host.user));
    if (host.port == 0) throw host_syntax_error("the port must be 1 to 65535", host.label(), 0);
    if (slots_.size() < 2 * (hosts_.size() + 1)) grow();
    auto& slot = slot_of(host);
    if (slot != 0) {
        ++duplicates_;
        return;
    }
    hosts_.push_back(std::move(host));
    slot = hosts_.size();
}

void host_list::add(host_list const& others) {
    for (std::size_t i = 0, n = others.size(); i < n; ++i) add(host(others[i]));  // by index: `others` may be *this
    duplicates_ += &others == this ? 0 : others.duplicates_;
}

void host_list::unite(host_list const& others) {
    auto const duplicates = duplicates_;
    add(others);
    duplicates_ = duplicates;
}

std::size_t& host_list::slot_of(host const& host) {
    auto const mask = slots_.size() - 1;
    auto position = hash_of(host) & mask;
    while (slots_[position] != 0 && !same(hosts_[slots_[position] - 1], host)) position = (position + 1) & mask;
    return slots_[position];
}

void host_list::grow() {
    slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), 0);
    for (std::size_t i = 0; i < hosts_.size(); ++i) slot_of(hosts_[i]) = i + 1;
}

}  // namespace muster
